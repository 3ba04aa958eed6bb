import type { DayOfVotes } from '../src/queries/vote-history.ts'
import { dayAfter } from '../src/values/editions.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import { Paper } from './refs.ts'

const MOST_DAYS = 1_830

const VotePoint = builder.objectRef<{ date: string; voteCount: number }>('VotePoint').implement({
  description: 'The number of votes at the end of a day.',
  fields: (t) => ({
    date: t.expose('date', { type: 'Date', description: 'The day (UTC).' }),
    voteCount: t.exposeInt('voteCount', {
      description:
        'The number of votes at the end of the day, without votes withdrawn since then. For today, the current number.',
    }),
  }),
})

builder.objectField(Paper, 'voteHistory', (t) =>
  t.field({
    type: [VotePoint],
    extensions: {
      length: daysAsked,
      costAdvice: `\`voteHistory\` costs 1 for each day from \`from\` to \`to\`, and ${MOST_DAYS.toLocaleString('en')} unless both are set.`,
    },
    description: `The number of votes at the end of each day of a range, oldest first; at most ${MOST_DAYS} days. Empty for a paper that never had a vote, unless \`from\` is set.`,
    args: {
      from: t.arg({ type: 'Date', description: 'The first day (UTC); null for the first day with a vote.' }),
      to: t.arg({ type: 'Date', description: 'The last day (UTC); null for today. Future days are left out.' }),
    },
    resolve: async ({ id }, args, { loaders, clock }) => {
      const changes = await loaders.votesByDay.load(id)
      const today = clock.now().toISOString().slice(0, 10)
      const from = args.from ?? changes[0]?.date
      const to = args.to != null && args.to < today ? args.to : today
      if (from === undefined) return []
      if (args.from != null && args.to != null && args.from > args.to)
        throw new BadUserInput('to', `\`to\` (${args.to}) must not be before \`from\` (${args.from}).`)
      return pointsOf(changes, from, to)
    },
  }),
)

/** The number of days in a range, for the cost of the operation. A range without a start or end counts as the longest. */
function daysAsked(argument: (name: string) => unknown): number {
  const [from, to] = [argument('from'), argument('to')].map((day) => Date.parse(String(day)))
  const days = ((to ?? Number.NaN) - (from ?? Number.NaN)) / 86_400_000 + 1
  return days >= 1 && days < MOST_DAYS ? days : MOST_DAYS
}

function pointsOf(changes: readonly DayOfVotes[], from: string, to: string): { date: string; voteCount: number }[] {
  const points: { date: string; voteCount: number }[] = []
  let voteCount = 0
  let next = 0
  for (let date = from; date <= to; date = dayAfter(date)) {
    if (points.length === MOST_DAYS)
      throw new BadUserInput('from', `From \`from\` (${from}) to ${to} are more than ${MOST_DAYS} days. Ask for fewer.`)
    for (let change = changes[next]; change !== undefined && change.date <= date; change = changes[++next])
      voteCount += change.change
    points.push({ date, voteCount })
  }
  return points
}
