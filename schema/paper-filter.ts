import { MAX_FILTER_MEMBERS } from '../src/lists/paper-filter.ts'
import type { PaperOrderName } from '../src/lists/paper-orders.ts'
import { MAX_SEARCH_LENGTH } from '../src/lists/paper-query.ts'
import { builder } from './builder.ts'

const members = ` At most ${MAX_FILTER_MEMBERS}.`

export const PaperFilterInput = builder.inputType('PaperFilter', {
  description:
    'Which papers a list has. Fields combine with AND; a list means any of its members, but for `allTopics` and `excludeTopics`. A field that is absent or null, and an empty list, leave no paper out. Dates are inclusive at both ends. Slugs and handles are taken in capitals or small letters; one that does not exist finds nothing.',
  fields: (t) => ({
    topics: t.stringList({ description: `Slugs of topics: papers with any of them.${members}` }),
    allTopics: t.stringList({
      description: `Slugs of topics: papers with every one of them.${members}`,
    }),
    excludeTopics: t.stringList({
      description: `Slugs of topics: papers with none of them.${members}`,
    }),
    organizations: t.stringList({ description: `Slugs of organizations: papers from any of them.${members}` }),
    authors: t.stringList({ description: `Slugs of authors: papers by any of them.${members}` }),
    submitters: t.stringList({ description: `Handles of users: papers that any of them put on the list.${members}` }),
    publishedFrom: t.field({ type: 'Date', description: 'Published on this day (UTC) or later.' }),
    publishedTo: t.field({ type: 'Date', description: 'Published on this day (UTC) or earlier.' }),
    listedFrom: t.field({
      type: 'Date',
      description: 'On the list of this edition day or a later one. Papers that were never listed are left out.',
    }),
    listedTo: t.field({
      type: 'Date',
      description: 'On the list of this edition day or an earlier one. Papers that were never listed are left out.',
    }),
    minVotes: t.int({ description: 'With at least this many votes.' }),
    minComments: t.int({ description: 'With at least this many comments.' }),
    hasCode: t.boolean({ description: 'True: only papers with a link to code. False: only those without.' }),
    hasProjectPage: t.boolean({ description: 'True: only papers with a project page. False: only those without.' }),
    query: t.string({
      description: `Only papers that have all of this, in the syntax of \`search\`; their order is that of \`orderBy\`. A word that is in no paper is taken for the nearest one that is. Blank for all. At most ${MAX_SEARCH_LENGTH} characters.`,
    }),
  }),
})

export const PaperOrder = builder.enumType('PaperOrder', {
  description: 'Orders of papers. Each is total: papers that are equal in it keep one order among themselves.',
  values: {
    TRENDING: {
      description:
        'By the number of votes, each halved in weight for every half-life since it was cast. The order changes when votes come, not as time passes.',
    },
    MOST_VOTED: { description: 'By vote count, highest first.' },
    MOST_DISCUSSED: { description: 'By comment count, highest first.' },
    NEWEST: { description: 'By publication, latest first.' },
    OLDEST: { description: 'By publication, earliest first.' },
    RECENTLY_LISTED: {
      description: 'By the moment of listing, latest first; papers that were never listed come last.',
    },
  } satisfies Record<PaperOrderName, { description: string }>,
})
