import { editionAddress } from '../src/formats/edition-name.ts'
import { EDITION_ORDERS, editionCount, editionPage, newestEdition } from '../src/lists/editions.ts'
import { pageRequest } from '../src/lists/page.ts'
import {
  type EditionSpan,
  type EditionState,
  editionOf,
  editionState,
  hasBegun,
  isCalendarDay,
  type Period,
} from '../src/values/editions.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge } from './connection.ts'
import { unknownId } from './global-id.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { FILTER_COST } from './paper-filter.ts'
import { Edition } from './refs.ts'

export const PeriodEnum = builder.enumType('Period', {
  description: 'The length of an edition.',
  values: {
    DAY: { description: 'One edition day.' },
    WEEK: { description: 'An ISO week, Monday to Sunday.' },
    MONTH: { description: 'A calendar month.' },
  } satisfies Record<Period, { description: string }>,
})

const EditionStateEnum = builder.enumType('EditionState', {
  description: 'Whether papers can still join an edition.',
  values: {
    OPEN: {
      description:
        'The last day is not over, and submissions still join; or it ended so recently that papers which a synced source lists late still join.',
    },
    FINAL: {
      description:
        'The last day is over for as many hours as the server waits for late papers (`EDITION_SETTLE_HOURS`). No submission joins the edition, no paper that was submitted here leaves it, and syncs change only votes and facts of its papers; only if the list of a day could not be read between its end and then, the first read after completes it. Votes can still change the order, and a curator can hide a paper. An import can add papers that another site listed in it, and can move such a paper to an earlier edition.',
    },
  } satisfies Record<EditionState, { description: string }>,
})

/** Its index entries are counted, for an operation. */
const PAPER_COUNT_COST = 20

const keyOf = ({ period, startsOn }: EditionSpan): string => `${period}:${startsOn}`

/** @throws BadUserInput that names the argument, for anything but a result of `keyOf` */
export function editionOfKey(key: string, argument: string): EditionSpan {
  const [, period, date] = /^(DAY|WEEK|MONTH):(\d{4}-\d\d-\d\d)$/.exec(key) ?? []
  if (period && date && isCalendarDay(date)) return editionOf(period as Period, date)
  throw unknownId(argument, key)
}

builder.node(Edition, {
  description: 'The papers listed on one day, in one ISO week or in one month.',
  id: { resolve: keyOf },
  fields: (t) => ({
    period: t.expose('period', { type: PeriodEnum, description: 'How long it is.' }),
    date: t.expose('startsOn', {
      type: 'Date',
      description: 'The date that names the edition: the day, the Monday of the week, or the first day of the month.',
    }),
    startsOn: t.expose('startsOn', { type: 'Date', description: 'The first day of the edition.' }),
    endsOn: t.expose('endsOn', { type: 'Date', description: 'The last day of the edition, inclusive.' }),
    state: t.field({
      type: EditionStateEnum,
      description:
        'Whether papers can still join. A day ends at the rollover time of this server, in its time zone; some hours later it is FINAL.',
      resolve: (edition, _args, { clock }) => editionState(edition, clock),
    }),
    papers: t.field({
      type: PaperConnection,
      description: 'Papers listed in the edition. Empty if there are none.',
      extensions: FILTER_COST,
      args: paperArgs('MOST_VOTED'),
      resolve: ({ startsOn, endsOn }, args, context, info) =>
        paperConnection(context, { listed: { from: startsOn, to: endsOn } }, args, info),
    }),
    paperCount: t.int({
      extensions: { cost: PAPER_COUNT_COST },
      description: 'The number of papers listed in the edition; 0 if there are none.',
      resolve: (edition, _args, { loaders }) => loaders.editionPaperCount.load(edition),
    }),
    url: t.field({
      type: 'URL',
      nullable: true,
      description:
        'The page of the edition on this server; null if it has none: an edition that has not begun, or that is FINAL and has no papers.',
      resolve: async (edition, _args, { clock, loaders, publicUrl }) =>
        hasBegun(edition, clock) &&
        (editionState(edition, clock) === 'OPEN' || (await loaders.editionHasPapers.load(edition)))
          ? editionAddress(publicUrl, edition)
          : null,
    }),
    previous: t.field({
      type: Edition,
      nullable: true,
      description: 'The nearest earlier edition of the same period with papers; null if there is none.',
      resolve: async (edition, _args, { loaders }) => (await loaders.editionNeighbours.load(edition)).previous,
    }),
    next: t.field({
      type: Edition,
      nullable: true,
      description: 'The nearest later edition of the same period with papers; null if there is none.',
      resolve: async (edition, _args, { loaders }) => (await loaders.editionNeighbours.load(edition)).next,
    }),
  }),
})

const { Connection: EditionConnection } = connectionTypes<
  EditionSpan,
  Edge<EditionSpan>,
  Connection<Edge<EditionSpan>>
>('Edition', Edition, 'editions')

builder.queryFields((t) => ({
  edition: t.field({
    type: Edition,
    nullable: true,
    description:
      'The edition that contains a day, even if it has no papers. Without a date, the newest edition with papers, or null if there is none.',
    args: {
      period: t.arg({ type: PeriodEnum, required: true, defaultValue: 'DAY', description: 'How long it is.' }),
      date: t.arg({ type: 'Date', description: 'A day of the edition; null for the newest edition with papers.' }),
    },
    resolve: (_root, { period, date }, { db }) => (date == null ? newestEdition(db, period) : editionOf(period, date)),
  }),
  editions: t.field({
    type: EditionConnection,
    description: 'Editions with papers, newest first.',
    args: {
      from: t.arg({
        type: 'Date',
        description: 'Only the edition that contains this day and later ones; null for no limit.',
      }),
      to: t.arg({
        type: 'Date',
        description: 'Only the edition that contains this day and earlier ones; null for no limit.',
      }),
      period: t.arg({
        type: PeriodEnum,
        required: true,
        defaultValue: 'DAY',
        description: 'The length of the editions.',
      }),
      ...t.arg.connectionArgs(),
    },
    resolve: (_root, { period, from, to, ...args }, { db }) => {
      if (from != null && to != null && from > to)
        throw new BadUserInput('to', `\`to\` (${to}) must not be before \`from\` (${from}).`)
      const list = { period, from: from ?? null, to: to ?? null }
      const request = pageRequest(args, EDITION_ORDERS[period])
      return connectionOf(
        () => editionPage(db, list, request),
        async (items) => items.map((item) => item.edition),
        () => editionCount(db, list),
      )
    },
  }),
}))
