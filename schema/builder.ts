import SchemaBuilder from '@pothos/core'
import RelayPlugin from '@pothos/plugin-relay'
import { MAX_PAGE_SIZE } from '../src/lists/page.ts'
import type { Context } from './context.ts'
import { encodeGlobalId, type NodeType } from './global-id.ts'

/** Importing a file registers its types here. Only `schema/index.ts` imports all of them. */
export const builder = new SchemaBuilder<{
  Context: Context
  DefaultFieldNullability: false
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string | number }
    Date: { Input: string; Output: string }
    DateTime: { Input: string; Output: string }
    EmailAddress: { Input: string; Output: string }
    URL: { Input: string; Output: string }
  }
}>({
  plugins: [RelayPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    // The plugin encodes ids of node types only; a test compares these with NODE_TYPES.
    encodeGlobalID: (typename, key) => encodeGlobalId(typename as NodeType, key),
    nodeTypeOptions: { description: 'An object that can be read again by its id.' },
    idFieldOptions: {
      description:
        'The global id of the object. It is opaque and never changes; pass it to `node` to read the object again.',
    },
    // `node.ts` has these fields: the plugin's fail as a whole for one malformed id.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    pageInfoTypeOptions: { description: 'The position of a page in its list.' },
    hasNextPageFieldOptions: {
      description: 'Whether there are items after this page. Read them with `first` and `after: endCursor`.',
    },
    hasPreviousPageFieldOptions: {
      description: 'Whether there are items before this page. Read them with `last` and `before: startCursor`.',
    },
    startCursorFieldOptions: { description: 'The cursor of the first edge of the page; null if the page is empty.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge of the page; null if the page is empty.' },
    firstArgOptions: {
      description: `The number of items to return from the start of the list, or after the cursor \`after\`: 1 to ${MAX_PAGE_SIZE}, 20 by default. Not together with \`last\`.`,
    },
    afterArgOptions: {
      description:
        'Return only items after this cursor, which must come from the same list in the same order; null for the start.',
    },
    lastArgOptions: {
      description: `The number of items to return from the end of the list, or before the cursor \`before\`: 1 to ${MAX_PAGE_SIZE}. Not together with \`first\`.`,
    },
    beforeArgOptions: {
      description:
        'Return only items before this cursor, which must come from the same list in the same order; null for the end.',
    },
  },
})

builder.queryType({
  description:
    'Entry points for reading. Only `auditLog`, `hiddenPapers`, `reports`, `sources` and `suspendedUsers` need a token.',
})
builder.mutationType({
  description:
    'Entry points for changes. Each returns a union: what was done, or a typed reason why not with a message for the user.',
})
