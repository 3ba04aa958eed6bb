import { builder } from './builder.ts'
import type { Context, Spending } from './context.ts'
import { RateLimitedRefusal } from './refusal.ts'

/** What `limit` and `remaining` are on a server without limits: the largest Int. */
const UNLIMITED = 2_147_483_647

const RateLimit = builder.objectRef<Spending>('RateLimit').implement({
  description:
    'What the caller may spend, in points. A point is a cost of 25, which is about one paper with its authors and topics; each request costs at least one.',
  fields: (t) => ({
    limit: t.int({
      description: `The points for each minute: of a signed-in user, or of an address without a token. ${UNLIMITED} if the server has no limits.`,
      resolve: ({ standing }) => standing?.limit ?? UNLIMITED,
    }),
    remaining: t.int({
      description: 'The points that are left until `resetAt`, after this request.',
      resolve: ({ standing }) => standing?.remaining ?? UNLIMITED,
    }),
    cost: t.exposeInt('points', {
      description:
        'What this operation costs, in points, if its response is not in the cache; from the cache it costs a tenth.',
    }),
    resetAt: t.field({
      type: 'DateTime',
      description: 'When all points will be there again.',
      resolve: ({ standing }, _args, { clock }) => (standing?.resetAt ?? clock.now()).toISOString(),
    }),
  }),
})

builder.queryField('rateLimit', (t) =>
  t.field({
    type: RateLimit,
    extensions: { dependsOnClient: true },
    description: 'What the caller may still spend, and what this operation costs.',
    args: {
      dryRun: t.arg.boolean({
        required: true,
        defaultValue: false,
        description: 'Whether nothing else of the operation is run. It then costs one point.',
      }),
    },
    resolve: (_root, _args, { spending }) => spending,
  }),
)

/**
 * Counts a vote or a submission of the signed-in user: null if it is allowed, or the refusal.
 *
 * @param done completes `You have …`, such as `voted as often`
 */
export async function withinBudget(
  { spending }: Context,
  budget: Parameters<Spending['spend']>[0],
  done: string,
): Promise<RateLimitedRefusal | null> {
  const retryAt = await spending.spend(budget)
  return (
    retryAt &&
    new RateLimitedRefusal(
      `You have ${done} as this server allows for now. Try again at ${retryAt.toISOString()}.`,
      retryAt,
    )
  )
}
