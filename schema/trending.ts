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
    'The score behind TRENDING, so that anyone can recompute it. With half-life H in hours, a vote cast at t weighs 2^((t − t0) / H), where t0 is 2020-01-01T00:00:00Z; the score is the base-2 logarithm of the sum of the weights. A count that a source reports weighs, at its date, by what it exceeds the highest that the source reported before.',
  fields: (t) => ({
    score: t.float({
      description:
        'The logarithm that TRENDING orders by. It changes when votes come or go, not as time passes. Without votes the lowest number there is, -1.7976931348623157e308.',
      resolve: ({ score }) => Math.max(score, -Number.MAX_VALUE),
    }),
    decayedVotes: t.float({
      extensions: { dependsOnClock: true },
      description: 'Votes, each halved in weight for every half-life since it was cast, as of now. 0 without votes.',
      resolve: ({ score, now, halfLifeHours }) => 2 ** (score - voteExponentOf(now, halfLifeHours)),
    }),
    halfLifeHours: t.exposeFloat('halfLifeHours', { description: 'H: after how many hours a vote weighs half.' }),
    formulaVersion: t.string({
      description: 'The name of this formula. A server that computes otherwise answers another one.',
      resolve: () => FORMULA_VERSION,
    }),
  }),
})

builder.objectField(Paper, 'trending', (t) =>
  t.field({
    type: TrendingScore,
    description: 'How it stands in TRENDING, with what is needed to recompute it.',
    resolve: async ({ trendingScore }, _args, { clock, trending, loaders }) => ({
      score: trendingScore,
      now: clock.now(),
      halfLifeHours: (await loaders.halfLifeHours.load('stored')) ?? trending.halfLifeHours,
    }),
  }),
)
