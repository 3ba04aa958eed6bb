import { type DocumentNode, getOperationAST, type OperationDefinitionNode } from 'graphql'
import type { Spending } from '../../../schema/context.ts'
import { schema } from '../../../schema/index.ts'
import type { Meter } from '../rate-limits/rate-limits.ts'
import { excessOf, measure, type OperationSize, operationSize, pointsOf } from './limits.ts'
import type { DocumentTraits, ParsedDocuments } from './parsed-documents.ts'
import { operationTooLarge } from './refusals.ts'
import { type GraphqlParams, isObject } from './request-params.ts'

/** The operation that a request asks for. Yoga reports the error where it is null. */
export interface RequestedOperation {
  document: DocumentNode | null
  traits: DocumentTraits | null
  /** The name that the request gives. */
  name: string | null
  operation: OperationDefinitionNode | null
  kind: OperationDefinitionNode['operation'] | undefined
  variables: Record<string, unknown>
}

export function requestedOperation(params: GraphqlParams, documents: ParsedDocuments): RequestedOperation {
  const document = typeof params.query === 'string' ? documents.read(params.query) : null
  const name = typeof params.operationName === 'string' ? params.operationName : null
  const operation = document && (getOperationAST(document, name) ?? null)
  return {
    document,
    traits: document && documents.traits(document),
    name,
    operation,
    kind: operation?.operation,
    variables: isObject(params.variables) ? params.variables : {},
  }
}

interface OperationCost extends Pick<OperationSize, 'cost' | 'readsLists'> {
  points: number
}

/**
 * The cost of an operation, whether it waits with those that take long, and the points that it spends.
 *
 * @throws GraphQLError for one that is too large: before it is checked, which takes longer the larger it is
 */
export function costOf({ document, operation, variables }: RequestedOperation): OperationCost {
  if (document === null || operation === null) return { cost: 0, points: pointsOf(0), readsLists: false }
  const size = operationSize(schema, document, operation, variables)
  const excess = excessOf(size, () => measure(schema, document, operation, variables, true).parts)
  if (excess !== null) throw operationTooLarge(excess)
  return { cost: size.cost, points: pointsOf(size.cost), readsLists: size.readsLists }
}

/** What resolvers know of the rate limit of their client. */
export const spendingOf = (meter: Meter, points: number): Spending => ({
  points,
  get standing() {
    return meter.standing
  },
  spend: (budget) => meter.spend(budget),
})
