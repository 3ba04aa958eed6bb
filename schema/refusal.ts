import { builder } from './builder.ts'

/** Why a mutation did nothing: a member of its result union that says it in a sentence for the person who asked. */
export class Refusal {
  readonly kind: 'UnauthenticatedError' | 'ForbiddenError' | 'NotFoundError' | 'InvalidInputError'
  readonly message: string
  readonly fields: InvalidFieldSource[]

  constructor(kind: Refusal['kind'], message: string, fields: InvalidFieldSource[] = []) {
    this.kind = kind
    this.message = message
    this.fields = fields
  }
}

export interface InvalidFieldSource {
  path: string
  message: string
}

const message = 'What is wrong and what can be done about it, as a sentence for the person who asked.'

const ErrorInterface = builder.interfaceRef<Refusal>('Error').implement({
  description: 'Why something was not done. Faults of the server are not among these: they are in `errors`.',
  fields: (t) => ({ message: t.exposeString('message', { description: message }) }),
})

const refusal = (name: Refusal['kind'], description: string) =>
  builder.objectRef<Refusal>(name).implement({ description, interfaces: [ErrorInterface] })

export const UnauthenticatedError = refusal(
  'UnauthenticatedError',
  'Nobody is signed in. To `castVote` and `withdrawVote` also: the token does not have the scope `vote`.',
)
export const ForbiddenError = refusal(
  'ForbiddenError',
  'The person signed in may not do this, or their token does not have the scope for it.',
)
export const NotFoundError = refusal(
  'NotFoundError',
  'What the mutation is about does not exist, or does not any more.',
)

const InvalidField = builder.objectRef<InvalidFieldSource>('InvalidField').implement({
  description: 'A field of the input that cannot be taken.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'Its path in the input, such as `paper.title`.' }),
    message: t.exposeString('message', { description: 'What is wrong with it, as a sentence.' }),
  }),
})

export const InvalidInputError = builder.objectRef<Refusal>('InvalidInputError').implement({
  description: 'The input cannot be taken.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    fields: t.field({
      type: [InvalidField],
      description: 'Every field that is wrong, at least one.',
      resolve: (refusal) => refusal.fields,
    }),
  }),
})

/** The type of a member of a result union: the refusal's own, or the payload's. */
export const memberType = (payload: string) => (value: unknown) => (value instanceof Refusal ? value.kind : payload)
