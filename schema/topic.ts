import { topicAddress } from '../src/formats/page-addresses.ts'
import { TOPIC_ORDERS } from '../src/lists/directory.ts'
import { type TopicRow, type TopicSummary, topicBySlug } from '../src/queries/topics.ts'
import type { TopicKind } from '../src/values/vocabulary.ts'
import { builder } from './builder.ts'
import { type Connection, connectionTypes, type Edge } from './connection.ts'
import { directoryConnection, directoryQuery } from './directory.ts'
import { chain } from './maybe-promise.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { FILTER_COST } from './paper-filter.ts'
import { Topic } from './refs.ts'
import { wholeTopic } from './whole-rows.ts'

export const TopicKindEnum = builder.enumType('TopicKind', {
  description: 'The kind of a topic.',
  values: {
    CATEGORY: { description: 'An arXiv category, such as `cs.CL`.' },
    KEYWORD: { description: 'A free keyword.' },
  } satisfies Record<TopicKind, { description: string }>,
})

builder.node(Topic, {
  description:
    'A subject of papers. Keywords that differ only in case, in invisible characters, or in whether spaces, hyphens or underscores separate their words are one topic.',
  id: { resolve: (topic) => topic.id },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description:
        'The name for addresses and filters. It depends on the name alone. Slugs that a topic had before keep working.',
    }),
    name: t.exposeString('name', { description: 'The display name: the spelling that most of its papers use.' }),
    url: t.field({
      type: 'URL',
      description: 'The page of the topic on this server.',
      resolve: (topic, _args, { publicUrl }) => topicAddress(publicUrl, topic),
    }),
    kind: t.expose('kind', { type: TopicKindEnum, description: 'Whether it is an arXiv category or a keyword.' }),
    paperCount: t.int({
      description: 'The number of papers with this topic.',
      resolve: (topic, _args, context) => chain(wholeTopic(topic, context), ({ paperCount }) => paperCount),
    }),
    papers: t.field({
      type: PaperConnection,
      description: 'Papers with this topic.',
      extensions: FILTER_COST,
      args: paperArgs('TRENDING'),
      resolve: (topic, args, context, info) =>
        chain(wholeTopic(topic, context), (row) => paperConnection(context, { topic: row }, args, info)),
    }),
  }),
})

const { Connection: TopicConnection } = connectionTypes<
  TopicRow | TopicSummary,
  Edge<TopicRow | TopicSummary>,
  Connection<Edge<TopicRow | TopicSummary>>
>('Topic', Topic, 'topics')

const TopicOrder = builder.enumType('TopicOrder', {
  description: 'The orders of a list of topics.',
  values: {
    PAPER_COUNT: { description: 'By the number of papers, highest first.' },
    TRENDING: {
      description:
        'By decayed votes of the papers: the weight of a vote halves with every half-life since it was cast.',
    },
    NAME: { description: 'By name, A to Z, ignoring case.' },
  },
})

builder.queryFields((t) => ({
  topic: t.field({
    type: Topic,
    nullable: true,
    description: 'One topic; null if no topic has this slug.',
    args: {
      slug: t.arg.string({
        required: true,
        description: 'The slug of the topic, such as `agents` or `cs.cl`, or one that it had before, in any case.',
      }),
    },
    resolve: (_root, { slug }, { db }) => topicBySlug(db, slug),
  }),
  topics: t.field({
    type: TopicConnection,
    description: 'Topics with at least one visible paper.',
    args: {
      query: t.arg.string(directoryQuery('topics')),
      orderBy: t.arg({
        type: TopicOrder,
        required: true,
        defaultValue: 'PAPER_COUNT',
        description: 'The order of the list.',
      }),
      ...t.arg.connectionArgs(),
    },
    resolve: (_root, args, context) =>
      directoryConnection(context, 'topics', TOPIC_ORDERS[args.orderBy], args, context.loaders.topic),
  }),
}))
