import type { Dialect } from './dialects.ts'
import type { Operation, Variables } from './operations.ts'
import type { Picks } from './picks.ts'
import type { Request } from './requests.ts'

/** How many variables a load has; the load generator begins anew behind the last. */
const DRAWN = 2_000
/** A vote that was cast before would write nothing. */
const DRAWN_WRITES = 40_000

/** So many variables of an operation, as many as a load has unless told. */
export const drawVariables = (
  operation: Operation,
  picks: Picks,
  count = operation.writes ? DRAWN_WRITES : DRAWN,
): Variables[] => Array.from({ length: count }, () => operation.variables(picks))

/**
 * The requests of a load; none where servers of this kind do not have the operation. They are numbered in a variable that
 * no document declares: a server that answers those who ask the same at the same time together would else be asked once
 * for all of them.
 */
export const requestsOf = (dialect: Dialect, operation: Operation, variables: readonly Variables[]): Request[] =>
  variables.flatMap(
    (each, request) => dialect.request(operation, operation.request ? each : { ...each, request }) ?? [],
  )
