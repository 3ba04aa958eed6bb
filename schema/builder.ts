import SchemaBuilder from '@pothos/core'
import RelayPlugin from '@pothos/plugin-relay'
import { MAX_PAGE_SIZE } from '../src/lists/page.ts'
import { BadUserInput } from '../src/values/errors.ts'
import type { Context } from './context.ts'
import { decodeGlobalId, encodeGlobalId, type NodeType } from './global-id.ts'

const MAX_NODES = 100

/** Types are registered on it by importing their files: `schema/index.ts` does, and nothing else should. */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string | number }
    Date: { Input: string; Output: string }
    DateTime: { Input: string; Output: string }
    URL: { Input: string; Output: string }
  }
}>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    // The plugin encodes ids of node types only; a test compares these with NODE_TYPES.
    encodeGlobalID: (typename, key) => encodeGlobalId(typename as NodeType, key),
    decodeGlobalID: (globalId) => decodeGlobalId(globalId),
    nodeTypeOptions: { description: 'Anything that can be asked for again by its id.' },
    idFieldOptions: {
      description: 'Opaque, and the same for as long as the object exists. Give it to `node` to read the object again.',
    },
    nodeQueryOptions: {
      description: 'The object with an id, of whatever type; null where there is none, or none any more.',
      args: { id: { description: 'The `id` of any object that this server answered.' } },
    },
    nodesQueryOptions: {
      description: `Several objects by their ids, at most ${MAX_NODES}, in the order asked; null in the place of each that is not found.`,
      args: { ids: { description: `The \`id\`s of objects that this server answered, 1 to ${MAX_NODES}.` } },
      resolve: (_root, { ids }, _context, _info, resolveNodes) => {
        if (ids.length > MAX_NODES)
          throw new BadUserInput('ids', `\`ids\` may have at most ${MAX_NODES} members; it has ${ids.length}.`)
        return resolveNodes(ids)
      },
    },
    pageInfoTypeOptions: { description: 'Where a page of a connection begins and ends, and whether there is more.' },
    hasNextPageFieldOptions: {
      description: 'Whether the list goes on after this page: ask again with `first` and `after: endCursor`.',
    },
    hasPreviousPageFieldOptions: {
      description: 'Whether there is something before this page: ask again with `last` and `before: startCursor`.',
    },
    startCursorFieldOptions: { description: "The cursor of the page's first edge; null for an empty page." },
    endCursorFieldOptions: { description: "The cursor of the page's last edge; null for an empty page." },
    firstArgOptions: {
      description: `How many to answer from the beginning, or after the cursor \`after\`: 1 to ${MAX_PAGE_SIZE}; 20 if neither this nor \`last\` is given.`,
    },
    afterArgOptions: {
      description: 'Answer only what comes after this cursor, which this list gave in the same order.',
    },
    lastArgOptions: {
      description: `How many to answer from the end, or before the cursor \`before\`: 1 to ${MAX_PAGE_SIZE}. Not together with \`first\`.`,
    },
    beforeArgOptions: {
      description: 'Answer only what comes before this cursor, which this list gave in the same order.',
    },
  },
})

builder.queryType({ description: 'Everything that can be read.' })
builder.mutationType({
  description:
    'What people can do. Each field answers with a union: what was done, or a typed reason why not, with a sentence for the person.',
})
