import { isDeepStrictEqual } from 'node:util'
import { OperatorError } from '../../src/values/errors.ts'
import type { Operation, Variables } from './operations.ts'
import type { Contestant } from './peers.ts'
import { ask } from './requests.ts'

/**
 * Asks every server the same and compares the answers with those of the first one.
 *
 * @throws OperatorError that shows both answers where one differs
 */
export async function compareAnswers(
  contestants: readonly Contestant[],
  operation: Operation,
  samples: readonly Variables[],
): Promise<void> {
  for (const variables of samples) {
    // One after the other: a vote is cast by the first, and the others find it.
    const answers: unknown[] = []
    for (const each of contestants) answers.push(await answerOf(each, operation, variables))
    const [expected, ...others] = answers
    for (const [place, answer] of others.entries()) {
      // A feed or a search has nothing to be compared with; that it is no error was seen.
      if (answer === undefined || expected === undefined || isDeepStrictEqual(answer, expected)) continue
      const { name } = contestants[place + 1] as Contestant
      throw new OperatorError(
        `${operation.name} with ${JSON.stringify(variables)}: ${name} answers otherwise than ${contestants[0]?.name}, ` +
          `first at ${firstDifference(expected, answer)}.\n` +
          `${contestants[0]?.name}: ${JSON.stringify(expected)}\n\n${name}: ${JSON.stringify(answer)}`,
      )
    }
  }
}

/** Where two answers part, as a path. */
function firstDifference(a: unknown, b: unknown): string {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return ''
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const key = Object.keys({ ...left, ...right }).find((name) => !isDeepStrictEqual(left[name], right[name]))
  return key === undefined ? '' : `.${key}${firstDifference(left[key], right[key])}`
}

/** The data of an answer; undefined where the server does not have the operation. */
async function answerOf({ name, server, dialect }: Contestant, operation: Operation, variables: Variables) {
  const request = dialect.request(operation, variables)
  if (request === null) return undefined
  const { status, text } = await ask(request, server.url)
  if (status !== 200)
    throw new OperatorError(`${operation.name}: ${name} answers ${status}: ${text.slice(0, 1_000)}\n${server.output()}`)
  try {
    return dialect.data(operation, variables, text)
  } catch (error) {
    throw new OperatorError(`${operation.name} with ${JSON.stringify(variables)}: ${name} has ${error}`)
  }
}

/** Whether a GraphQL server has a field of `Query`. */
export async function hasField({ server }: Pick<Contestant, 'server'>, field: string): Promise<boolean> {
  const body = JSON.stringify({ query: '{ __type(name: "Query") { fields { name } } }' })
  const { text } = await ask({ method: 'POST', path: '/graphql', body }, server.url)
  return JSON.parse(text).data.__type.fields.some(({ name }: { name: string }) => name === field)
}
