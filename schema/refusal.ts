import { builder } from './builder.ts'

/** Why an operation was refused: a member of its result union, with a sentence for the user. */
export class Refusal {
  readonly kind: 'UnauthenticatedError' | 'ForbiddenError' | 'NotFoundError' | 'InvalidInputError' | 'RateLimitedError'
  readonly message: string
  readonly fields: InvalidFieldSource[]

  constructor(kind: Refusal['kind'], message: string, fields: InvalidFieldSource[] = []) {
    this.kind = kind
    this.message = message
    this.fields = fields
  }
}

/** A refusal until a moment. */
export class RateLimitedRefusal extends Refusal {
  readonly retryAt: Date

  constructor(message: string, retryAt: Date) {
    super('RateLimitedError', message)
    this.retryAt = retryAt
  }
}

export interface InvalidFieldSource {
  path: string
  message: string
}

const message = 'What is wrong and what to do about it, as a sentence for the user.'

const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description: 'A reason why an operation was refused. Failures of the server are not reasons: they are in `errors`.',
  fields: (t) => ({ message: t.exposeString('message', { description: message }) }),
})

const refusal = (name: Refusal['kind'], description: string) =>
  builder.objectRef<Refusal>(name).implement({ description, interfaces: [ErrorInterface] })

export const UnauthenticatedError = refusal(
  'UnauthenticatedError',
  'The request has no token. For votes, saved filters and follows also: the token lacks the scope `vote`.',
)
export const ForbiddenError = refusal(
  'ForbiddenError',
  'The user may not do this, or the token lacks the required scope.',
)
export const NotFoundError = refusal('NotFoundError', 'The object of the mutation does not exist or no longer exists.')

export const RateLimitedError = builder.objectRef<RateLimitedRefusal>('RateLimitedError').implement({
  description: 'The user has done this as often as the server allows for now.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    retryAt: t.field({
      type: 'DateTime',
      description: 'When the next attempt will be allowed.',
      resolve: ({ retryAt }) => retryAt.toISOString(),
    }),
  }),
})

const InvalidField = builder.objectRef<InvalidFieldSource>('InvalidField').implement({
  description: 'An input field with a wrong value.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'The path of the field in the input, such as `paper.title`.' }),
    message: t.exposeString('message', { description: 'What is wrong with the value, as a sentence.' }),
  }),
})

export const InvalidInputError = builder.objectRef<Refusal>('InvalidInputError').implement({
  description: 'The input has wrong values.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fields: t.field({
      type: [InvalidField],
      description: 'All fields with wrong values; at least one.',
      resolve: (refusal) => refusal.fields,
    }),
  }),
})

/** The GraphQL type of a member of a result union: that of the refusal, or of the payload. */
export const resolveMemberType = (payload: string) => (value: unknown) =>
  value instanceof Refusal ? value.kind : payload
