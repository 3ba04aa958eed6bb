import { brandWithType } from '@pothos/core'
import type DataLoader from 'dataloader'
import type { GraphQLResolveInfo } from 'graphql'
import type { Loaders } from '../src/loaders/index.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { editionOfKey } from './edition.ts'
import { decodeGlobalId, type NodeType, rowKey } from './global-id.ts'
import { chain, type MaybePromise } from './maybe-promise.ts'
import { requestedPaperParts } from './requested-fields.ts'

const MAX_NODES = 100

/**
 * Reads an object by the key in its global id; null if it does not exist.
 *
 * @throws BadUserInput that names the argument, for a key that no object of the type can have
 */
type ReadNode = (
  key: string,
  argument: string,
  context: Context,
  info: GraphQLResolveInfo,
) => MaybePromise<object | null>

const byLoader =
  (loaderOf: (loaders: Loaders) => DataLoader<number, object | null>): ReadNode =>
  (key, argument, { loaders }) =>
    loaderOf(loaders).load(rowKey(key, argument))

const READ_NODE: Record<NodeType, ReadNode> = {
  Author: byLoader((loaders) => loaders.author),
  Edition: editionOfKey,
  Organization: byLoader((loaders) => loaders.organization),
  Paper: (key, argument, { loaders }, info) => loaders.paperWith(requestedPaperParts(info)).load(rowKey(key, argument)),
  // Of the viewer only.
  SavedFilter: byLoader((loaders) => loaders.savedFilter),
  Topic: byLoader((loaders) => loaders.topic),
  User: byLoader((loaders) => loaders.user),
  // Of the viewer only.
  Webhook: byLoader((loaders) => loaders.webhook),
}

/** The object of a global id, marked with its type, by which the executor finds the type of a `Node`. */
export function nodeOf(
  globalId: string,
  argument: string,
  context: Context,
  info: GraphQLResolveInfo,
): MaybePromise<object | null> {
  const { typename, id } = decodeGlobalId(globalId, argument)
  return chain(READ_NODE[typename](id, argument, context, info), (row) => {
    brandWithType(row, typename as never)
    return row
  })
}

const Node = builder.nodeInterfaceRef()

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    description: 'The object with this id, of any type; null if it does not exist or no longer exists.',
    args: {
      id: t.arg.id({ required: true, description: 'The `id` of an object that this server returned.' }),
    },
    resolve: (_root, { id }, context, info) => nodeOf(id, 'id', context, info),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    description: `Up to ${MAX_NODES} objects by their ids, in the order of the ids. Null in the place of an object that does not exist, and, with an error, of an id that this server never returned.`,
    args: {
      ids: t.arg.idList({
        required: true,
        description: `The \`id\`s of objects that this server returned, at most ${MAX_NODES}. An empty list returns an empty list.`,
      }),
    },
    resolve: (_root, { ids }, context, info) => {
      if (ids.length > MAX_NODES)
        throw new BadUserInput('ids', `\`ids\` may have at most ${MAX_NODES} members; it has ${ids.length}.`)
      return Promise.all(ids.map((id) => orMistake(() => nodeOf(id, 'ids', context, info))))
    },
  }),
}))

/** The result, or the mistake as a value: the executor puts it in the place of the item and returns the other items. */
function orMistake<Result>(read: () => Result): Result | BadUserInput {
  try {
    return read()
  } catch (error) {
    if (error instanceof BadUserInput) return error
    throw error
  }
}
