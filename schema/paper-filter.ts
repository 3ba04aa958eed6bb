import { MAX_FILTER_MEMBERS, MAX_SEEDS } from '../src/lists/paper-filter.ts'
import type { PaperOrderName } from '../src/lists/paper-orders.ts'
import { MAX_SEARCH_LENGTH } from '../src/lists/paper-query.ts'
import { builder } from './builder.ts'

const members = ` At most ${MAX_FILTER_MEMBERS}.`

export const PaperFilterInput = builder.inputType('PaperFilter', {
  description:
    'Restricts a list of papers. Fields combine with AND. A list field matches any of its members, except `allTopics` and `excludeTopics`. A field that is absent, null or an empty list does not restrict anything. Dates are inclusive. Slugs and handles are matched in any case. `topics`, `allTopics`, `excludeTopics` and `organizations` also take names. An unknown member matches nothing, and `extensions.unknown` of the response has it.',
  fields: (t) => ({
    topics: t.stringList({ description: `Papers with any of these topics (slugs or names).${members}` }),
    allTopics: t.stringList({
      description: `Papers with every one of these topics (slugs or names).${members}`,
    }),
    excludeTopics: t.stringList({
      description: `Papers with none of these topics (slugs or names).${members}`,
    }),
    organizations: t.stringList({ description: `Papers from any of these organizations (slugs or names).${members}` }),
    authors: t.stringList({ description: `Papers by any of these authors (slugs).${members}` }),
    submitters: t.stringList({
      description: `Papers that any of these users (handles) put on the daily list.${members}`,
    }),
    publishedFrom: t.field({ type: 'Date', description: 'Papers published on this day (UTC) or later.' }),
    publishedTo: t.field({ type: 'Date', description: 'Papers published on this day (UTC) or earlier.' }),
    listedFrom: t.field({
      type: 'Date',
      description: 'Papers listed on this edition day or later. Papers that were never listed do not match.',
    }),
    listedTo: t.field({
      type: 'Date',
      description: 'Papers listed on this edition day or earlier. Papers that were never listed do not match.',
    }),
    changedSince: t.field({
      type: 'DateTime',
      description:
        'Papers in which anything that this API shows, votes and comment counts aside, changed here at or after this time. To follow all changes, use the field `changes`: it misses none.',
    }),
    minVotes: t.int({ description: 'Papers with at least this many votes.' }),
    minComments: t.int({ description: 'Papers with at least this many comments.' }),
    hasCode: t.boolean({ description: 'If true, papers with a link to code. If false, papers without one.' }),
    hasProjectPage: t.boolean({ description: 'If true, papers with a project page. If false, papers without one.' }),
    hasModel: t.boolean({
      description: 'If true, papers with a link to a trained model. If false, papers without one.',
    }),
    hasDataset: t.boolean({ description: 'If true, papers with a link to a data set. If false, papers without one.' }),
    hasDemo: t.boolean({ description: 'If true, papers with a link to a demo. If false, papers without one.' }),
    query: t.string({
      description: `Papers that match every part of this query, in the syntax of \`search\`. It does not change the order of the list. A word that no paper contains is replaced by the one nearest in spelling that some paper contains. Blank for all; at most ${MAX_SEARCH_LENGTH.toLocaleString('en')} characters.`,
    }),
    like: t.stringList({
      description: `Papers near in subject to these: those that share most of their characteristic words, without these themselves. Each is named by anything that \`paper\` accepts, such as an arXiv id, a DOI, an \`id\`, or an address. Counts at most 1,000 papers, and none that is much less like them than the nearest. The order LIKENESS has the nearest first. At most ${MAX_SEEDS}.`,
    }),
    unlike: t.stringList({
      description: `Papers whose subject counts against a paper, named as in \`like\`; they are not in the list either. Only with \`like\`. At most ${MAX_SEEDS}.`,
    }),
  }),
})

export const PaperOrder = builder.enumType('PaperOrder', {
  description: 'The orders of a list of papers. Equal papers always have the same order among themselves.',
  values: {
    TRENDING: {
      description:
        'By decayed votes: the weight of a vote halves with every half-life since it was cast. The order changes when votes arrive, not as time passes.',
    },
    MOST_VOTED: { description: 'By number of votes, highest first.' },
    MOST_DISCUSSED: { description: 'By number of comments, highest first.' },
    NEWEST: { description: 'By publication time, newest first.' },
    OLDEST: { description: 'By publication time, oldest first.' },
    RECENTLY_LISTED: {
      description: 'By the time of listing, newest first. Papers that were never listed come last.',
    },
    RECENTLY_CHANGED: { description: 'By `changedAt`, newest first.' },
    LIKENESS: {
      description: 'By likeness to the papers of `filter.like`, nearest first. Only with `like`.',
    },
  } satisfies Record<PaperOrderName, { description: string }>,
})

/** What a filter with `like` costs an operation: it scores papers by the thousand, as a search does. */
export const LIKENESS_COST = 500

/** The cost of a list of papers beside that of its items. */
export const costOfFilter = (argument: (name: string) => unknown): number => {
  const filter = argument('filter')
  const like = typeof filter === 'object' && filter !== null && 'like' in filter ? filter.like : null
  // GraphQL takes one value for a list of one.
  return like == null || (Array.isArray(like) && like.length === 0) ? 0 : LIKENESS_COST
}

/** For the extensions of a field with `paperArgs`. */
export const FILTER_COST = { cost: costOfFilter, costAdvice: 'Each list with `like` costs 500.' }
