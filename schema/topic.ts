import { TOPIC_ORDERS } from '../src/lists/directory.ts'
import { type TopicName, type TopicRow, topicsBySlugs } from '../src/queries/topics.ts'
import type { TopicKind } from '../src/values/vocabulary.ts'
import { builder } from './builder.ts'
import { type Connection, connectionTypes, type Edge } from './connection.ts'
import { directoryConnection, directoryQuery } from './directory.ts'
import { rowKey } from './global-id.ts'
import { chain } from './maybe-promise.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { Topic } from './refs.ts'
import { wholeTopic } from './whole-rows.ts'

export const TopicKindEnum = builder.enumType('TopicKind', {
  description: 'Where a topic comes from.',
  values: {
    CATEGORY: { description: 'A subject class of arXiv, such as `cs.CL`.' },
    KEYWORD: { description: 'A free keyword.' },
  } satisfies Record<TopicKind, { description: string }>,
})

builder.node(Topic, {
  description: 'What papers are about. Keywords that differ only in case or spacing are one topic.',
  id: { resolve: (topic) => topic.id, parse: (id) => rowKey(id) },
  loadWithoutCache: (id, { loaders }) => loaders.topic.load(id),
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'The name as it stands in addresses and filters; it does not change.',
    }),
    name: t.exposeString('name', { description: 'The name to show.' }),
    kind: t.expose('kind', { type: TopicKindEnum, description: 'Where it comes from.' }),
    paperCount: t.int({
      description: 'How many papers of the catalogue have it.',
      resolve: (topic, _args, context) => chain(wholeTopic(topic, context), ({ paperCount }) => paperCount),
    }),
    papers: t.field({
      type: PaperConnection,
      description: 'The papers that have it.',
      args: paperArgs('TRENDING'),
      resolve: (topic, args, context, info) =>
        chain(wholeTopic(topic, context), (row) => paperConnection(context, { topic: row }, args, info)),
    }),
  }),
})

const { Connection: TopicConnection } = connectionTypes<
  TopicRow | TopicName,
  Edge<TopicRow | TopicName>,
  Connection<Edge<TopicRow | TopicName>>
>('Topic', Topic, 'topics')

const TopicOrder = builder.enumType('TopicOrder', {
  description: 'Orders of topics.',
  values: {
    PAPER_COUNT: { description: 'By the number of their papers, most first.' },
    TRENDING: {
      description: 'By the votes of their papers, each halved in weight for every half-life since it was cast.',
    },
    NAME: { description: 'By name, whatever the case, A first.' },
  },
})

builder.queryFields((t) => ({
  topic: t.field({
    type: Topic,
    nullable: true,
    description: 'One topic; null when there is none of that slug.',
    args: {
      slug: t.arg.string({
        required: true,
        description: 'Its slug, such as `agents` or `cs.cl`, in capitals or small letters.',
      }),
    },
    resolve: async (_root, { slug }, { db }) => (await topicsBySlugs(db, [slug]))[0] ?? null,
  }),
  topics: t.field({
    type: TopicConnection,
    description: 'Topics of papers that are shown, in one order.',
    args: {
      query: t.arg.string(directoryQuery('topics')),
      orderBy: t.arg({ type: TopicOrder, required: true, defaultValue: 'PAPER_COUNT', description: 'In what order.' }),
      ...t.arg.connectionArgs(),
    },
    resolve: (_root, args, context) =>
      directoryConnection(context, 'topics', TOPIC_ORDERS[args.orderBy], args, context.loaders.topic),
  }),
}))
