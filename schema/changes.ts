import { type ChangePage, changePage, type PaperChange } from '../src/lists/changes.ts'
import { checkSize, MAX_PAGE_SIZE } from '../src/lists/page.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { builder } from './builder.ts'
import { encodeGlobalId } from './global-id.ts'
import { Paper } from './refs.ts'
import { requestedChangeParts } from './requested-fields.ts'

const SIZE = 20

const ChangeKind = builder.enumType('ChangeKind', {
  description: 'What a change asks of a copy of the catalogue.',
  values: {
    UPSERT: { description: 'Store the paper in place of the one with its id.' },
    TOMBSTONE: { description: 'Remove the paper with this id: it was hidden or deleted.' },
  } as const,
})

/** A change with the paper as it is now; null if it cannot be seen. */
type ChangeSource = PaperChange & { paper: PaperRow | null }

const Change = builder.objectRef<ChangeSource>('Change').implement({
  description:
    'A paper at its last change. Each paper is one change: when it changes again, this change is replaced by a later one.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'The place of the change, for `after`. Opaque.' }),
    kind: t.field({
      type: ChangeKind,
      description: 'Whether the paper can be seen.',
      resolve: ({ paper }) => (paper === null ? ('TOMBSTONE' as const) : ('UPSERT' as const)),
    }),
    paperId: t.id({
      description: 'The `id` of the paper.',
      resolve: ({ paperId }) => encodeGlobalId('Paper', paperId),
    }),
    paper: t.field({
      type: Paper,
      nullable: true,
      description: 'The paper as it is now, which may be newer than the change; null for a tombstone.',
      resolve: ({ paper }) => paper,
    }),
    changedAt: t.expose('changedAt', {
      type: 'DateTime',
      description: 'The time of the change. A change that is committed later has a later time.',
    }),
  }),
})

interface ChangeConnectionSource extends ChangePage {
  after: string | null
}

const ChangeConnection = builder.objectRef<ChangeConnectionSource>('ChangeConnection').implement({
  description: 'A page of changes.',
  fields: (t) => ({
    nodes: t.field({
      type: [Change],
      description: 'The changes, oldest first. Empty if nothing has changed since.',
      resolve: async ({ changes }, _args, { loaders }, info): Promise<ChangeSource[]> => {
        const papers = loaders.paperWith(requestedChangeParts(info))
        const found = await Promise.all(changes.map(({ paperId }) => papers.load(paperId)))
        return changes.map((change, place) => ({ ...change, paper: found[place] ?? null }))
      },
    }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description:
        'Whether there are more changes now, and where to go on: `endCursor` is present on an empty page, too. Without a next page, a copy is up to date.',
      resolve: ({ after, changes, endCursor, hasNextPage }) => ({
        hasNextPage,
        hasPreviousPage: after !== null,
        startCursor: changes[0]?.cursor ?? null,
        endCursor,
      }),
    }),
  }),
})

builder.queryField('changes', (t) =>
  t.field({
    type: ChangeConnection,
    description:
      'What changed since a cursor, oldest first; the first page starts at the beginning. Hidden and deleted papers come as tombstones. Whoever goes on from `endCursor` misses no change. Votes and comment counts are no changes.',
    args: {
      after: t.arg.string({
        description:
          'The `endCursor` of the last page, or of a dump; null for the beginning. Refused with CURSOR_EXPIRED after the catalogue was restored from a backup: start over.',
      }),
      first: t.arg.int({ description: `The number of changes to return: 1 to ${MAX_PAGE_SIZE}, ${SIZE} by default.` }),
    },
    resolve: async (_root, { after, first }, { db }) => {
      checkSize('first', first, MAX_PAGE_SIZE)
      return { ...(await changePage(db, after ?? null, first ?? SIZE)), after: after ?? null }
    },
  }),
)
