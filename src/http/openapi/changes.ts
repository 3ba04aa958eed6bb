import { z } from 'zod'
import { CHANGES_QUERY, MOST_CHANGES } from '../routes/changes.ts'
import { type Operation, TEXT } from './operation.ts'
import { shared } from './parameters.ts'

const { after, first } = CHANGES_QUERY.shape

export const CHANGE_OPERATIONS: readonly Operation[] = [
  {
    path: '/changes.jsonl',
    id: 'changes',
    tag: 'changes',
    summary: 'What changed since a cursor, as JSON lines',
    description:
      'A line for each paper that changed, oldest first: `UPSERT` with the paper as it is now, or `TOMBSTONE` for one to remove. The last line has `pageInfo` with `endCursor`, to go on from, and `hasNextPage`, which is false when a copy is up to date; a response without it is cut off. The first page starts at the beginning.',
    query: z.object({
      after: shared(
        after,
        'afterChange',
        'The `endCursor` of the last response or of a dump; without it, the beginning.',
      ),
      first: shared(first, 'firstChanges', `The most changes to return, up to ${MOST_CHANGES}; 100 by default.`),
    }),
    content: { 'application/jsonl': null },
    headers: z.object({
      Link: z.string().meta({ description: 'Where to go on (`rel="next"`), also when up to date.' }),
    }),
    refusals: { 400: [TEXT], 410: [TEXT] },
    examples: ['/changes.jsonl?first=5'],
  },
]
