import { type MergeOutcome, merge, unmerge } from '../src/ingest/merges.ts'
import type { AuthorRow } from '../src/queries/authors.ts'
import type { TopicRow } from '../src/queries/topics.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { curatorOf, reasonDescription } from './curator.ts'
import { keyOrNull } from './global-id.ts'
import { Author, Topic } from './refs.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'

const formerId = (what: string) => `The \`id\` of the ${what} before the merge; the audit log has it.`

const MergeTopicsInput = builder.inputType('MergeTopicsInput', {
  description: 'Two topics that are one.',
  fields: (t) => ({
    topicId: t.id({ required: true, description: 'The `id` of the topic to merge into the other one.' }),
    intoTopicId: t.id({ required: true, description: 'The `id` of the topic that stays, of the same kind.' }),
    reason: t.string({ description: reasonDescription }),
  }),
})

const UnmergeTopicInput = builder.inputType('UnmergeTopicInput', {
  description: 'A merged topic.',
  fields: (t) => ({
    topicId: t.id({ required: true, description: formerId('topic') }),
    reason: t.string({ description: reasonDescription }),
  }),
})

const MergeTopicsPayload = builder.objectRef<{ topic: TopicRow }>('MergeTopicsPayload').implement({
  description: 'The topics are merged, or separate again.',
  fields: (t) => ({
    topic: t.field({
      type: Topic,
      description: 'The topic that stays, as it is now; after an undo, the topic that is separate again.',
      resolve: ({ topic }) => topic,
    }),
  }),
})

const MergeTopicsResult = builder.unionType('MergeTopicsResult', {
  description: 'The topic as it is now, or why nothing was done.',
  types: [MergeTopicsPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('MergeTopicsPayload'),
})

const MergeAuthorsInput = builder.inputType('MergeAuthorsInput', {
  description: 'Two names of one author.',
  fields: (t) => ({
    authorId: t.id({ required: true, description: 'The `id` of the author to merge into the other one.' }),
    intoAuthorId: t.id({ required: true, description: 'The `id` of the author who stays.' }),
    reason: t.string({ description: reasonDescription }),
  }),
})

const UnmergeAuthorInput = builder.inputType('UnmergeAuthorInput', {
  description: 'A merged author.',
  fields: (t) => ({
    authorId: t.id({ required: true, description: formerId('author') }),
    reason: t.string({ description: reasonDescription }),
  }),
})

const MergeAuthorsPayload = builder.objectRef<{ author: AuthorRow }>('MergeAuthorsPayload').implement({
  description: 'The authors are merged, or separate again.',
  fields: (t) => ({
    author: t.field({
      type: Author,
      description: 'The author who stays, as it is now; after an undo, the author who is separate again.',
      resolve: ({ author }) => author,
    }),
  }),
})

const MergeAuthorsResult = builder.unionType('MergeAuthorsResult', {
  description: 'The author as it is now, or why nothing was done.',
  types: [MergeAuthorsPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('MergeAuthorsPayload'),
})

const CURATE = 'Requires the scope `curate`; without it the result is a ForbiddenError.'

builder.mutationFields((t) => ({
  mergeTopics: t.field({
    type: MergeTopicsResult,
    description: `Merges a topic into another one, with what was merged into it before: its papers get the other topic, and its id, slug and name stand for that one in lookups, filters, feeds and imports. Merging it again changes nothing. \`unmergeTopic\` undoes it. ${CURATE}`,
    args: { input: t.arg({ type: MergeTopicsInput, required: true, description: 'The topics.' }) },
    resolve: async (_root, { input }, context) => {
      const ids = { id: input.topicId, intoId: input.intoTopicId }
      const id = await changed(context, 'topics', ids, input.reason)
      return id instanceof Refusal ? id : { topic: (await context.loaders.topic.load(id)) as TopicRow }
    },
  }),
  unmergeTopic: t.field({
    type: MergeTopicsResult,
    description: `Undoes a merge: the papers whose sources name the topic get it back, also those imported since, with what was merged into it before. ${CURATE}`,
    args: { input: t.arg({ type: UnmergeTopicInput, required: true, description: 'The topic.' }) },
    resolve: async (_root, { input }, context) => {
      const id = await changed(context, 'topics', { id: input.topicId }, input.reason)
      return id instanceof Refusal ? id : { topic: (await context.loaders.topic.load(id)) as TopicRow }
    },
  }),
  mergeAuthors: t.field({
    type: MergeAuthorsResult,
    description: `Merges an author into another one, with those merged into it before: papers that print the name have the other author, and its id, slug and name stand for that one in lookups, filters, feeds and imports. An author without an account gets that of the merged one. Merging it again changes nothing. \`unmergeAuthor\` undoes it. ${CURATE}`,
    args: { input: t.arg({ type: MergeAuthorsInput, required: true, description: 'The authors.' }) },
    resolve: async (_root, { input }, context) => {
      const ids = { id: input.authorId, intoId: input.intoAuthorId }
      const id = await changed(context, 'authors', ids, input.reason)
      return id instanceof Refusal ? id : { author: (await context.loaders.author.load(id)) as AuthorRow }
    },
  }),
  unmergeAuthor: t.field({
    type: MergeAuthorsResult,
    description: `Undoes a merge: papers that print the name of the author have that author again, also those imported since, with those merged into it before. An account that both have stays with this author alone. ${CURATE}`,
    args: { input: t.arg({ type: UnmergeAuthorInput, required: true, description: 'The author.' }) },
    resolve: async (_root, { input }, context) => {
      const id = await changed(context, 'authors', { id: input.authorId }, input.reason)
      return id instanceof Refusal ? id : { author: (await context.loaders.author.load(id)) as AuthorRow }
    },
  }),
}))

/** The words of each table in messages and paths. */
const WORDS = {
  topics: { type: 'Topic', fields: { id: 'topicId', intoId: 'intoTopicId' } },
  authors: { type: 'Author', fields: { id: 'authorId', intoId: 'intoAuthorId' } },
} as const

/** Merges, or undoes the merge if there is no `intoId`. Returns the id of the row that papers have now. */
async function changed(
  context: Context,
  table: keyof typeof WORDS,
  given: { id: string; intoId?: string },
  reason: string | null | undefined,
): Promise<number | Refusal> {
  const curator = curatorOf(context, `merge ${table}`, reason)
  if (curator instanceof Refusal) return curator
  const { type, fields } = WORDS[table]
  const notFound = (field: 'id' | 'intoId') =>
    new Refusal(
      'NotFoundError',
      `\`${fields[field]}\` is not the id of ${type === 'Author' ? 'an author' : 'a topic'}.`,
    )
  const id = keyOrNull(type, given.id)
  if (id === null) return notFound('id')
  const { db, loaders, trending } = context
  let result: MergeOutcome
  if (given.intoId === undefined) {
    result = await unmerge(db, table, id, curator, trending.halfLifeHours)
  } else {
    const intoId = keyOrNull(type, given.intoId)
    if (intoId === null) return notFound('intoId')
    result = await merge(db, table, { id, intoId }, curator, trending.halfLifeHours)
  }
  if (result.outcome === 'unknown') return notFound(result.field)
  if (result.outcome === 'refused')
    return new Refusal('InvalidInputError', result.message, [{ path: fields[result.field], message: result.message }])
  loaders.clearAll()
  return result.id
}
