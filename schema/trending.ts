import { FORMULA_VERSION, voteExponentOf } from '../src/queries/trending.ts'
import { builder } from './builder.ts'
import { Paper } from './refs.ts'

interface TrendingSource {
  score: number
  now: Date
  halfLifeHours: number
}

const TrendingScore = builder.objectRef<TrendingSource>('TrendingScore').implement({
  description:
    "The rank score of TRENDING and the values needed to recompute it. With the half-life H in hours, a vote cast at t weighs 2^((t − t0) / H), where t0 is 2020-01-01T00:00:00Z. The score is the base-2 logarithm of the sum of the weights. A count reported by a source adds as many votes, cast at the date of the count, as it exceeds the source's highest earlier count.",
  fields: (t) => ({
    score: t.float({
      description:
        'The logarithm that TRENDING orders by. It changes when votes are cast or withdrawn, not as time passes. Without votes it is the lowest number, -1.7976931348623157e308.',
      resolve: ({ score }) => Math.max(score, -Number.MAX_VALUE),
    }),
    decayedVotes: t.float({
      extensions: { dependsOnClock: true },
      description:
        'The decayed number of votes now: the weight of a vote halves with every half-life since it was cast. 0 without votes.',
      resolve: ({ score, now, halfLifeHours }) => 2 ** (score - voteExponentOf(now, halfLifeHours)),
    }),
    halfLifeHours: t.exposeFloat('halfLifeHours', { description: 'The half-life H in hours.' }),
    formulaVersion: t.string({
      description: 'Identifies the formula, such as `forward-decay-1`; another formula has another value.',
      resolve: () => FORMULA_VERSION,
    }),
  }),
})

builder.objectField(Paper, 'trending', (t) =>
  t.field({
    type: TrendingScore,
    description: "The paper's rank score for TRENDING, with the values needed to recompute it.",
    resolve: async ({ trendingScore }, _args, { clock, trending, loaders }) => ({
      score: trendingScore,
      now: clock.now(),
      halfLifeHours: (await loaders.halfLifeHours.load('stored')) ?? trending.halfLifeHours,
    }),
  }),
)
