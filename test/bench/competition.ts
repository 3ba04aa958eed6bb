import { setTimeout as sleep } from 'node:timers/promises'
import { compareAnswers } from './comparison.ts'
import { drawVariables, requestsOf } from './draws.ts'
import { measure } from './measure.ts'
import type { Operation } from './operations.ts'
import type { Contestant } from './peers.ts'
import type { Picks } from './picks.ts'
import type { Results } from './results.ts'
import { say } from './setting.ts'

/** Who competes and how long. */
export interface Competition {
  contestants: readonly Contestant[]
  picks: Picks
  postgresPid: number
  rounds: number
  /** Of each measurement. */
  seconds: number
  /** Seconds of load before the measurement in the first round; a second in the others. */
  firstWarmUp: number
  /** Whether each round begins with another server: the first after a change of operation finds colder caches. */
  rotates?: boolean
}

/** How many answers of each operation are compared, before anything is timed and behind it. */
const COMPARED = 25
/**
 * Loads all servers with all operations. In each round every operation is asked of all servers in turn, so that a ratio
 * compares neighbours in time.
 *
 * @throws OperatorError where answers differ
 */
export async function compete(
  { contestants, picks, postgresPid, rounds, seconds, firstWarmUp, rotates = false }: Competition,
  operations: readonly Operation[],
  results: Results,
): Promise<void> {
  const compare = async () => {
    for (const operation of operations)
      await compareAnswers(contestants, operation, drawVariables(operation, picks, COMPARED))
    say(`${COMPARED} answers agree of each: ${operations.map(({ name }) => name).join(', ')}`)
  }

  if (operations.length === 0) return
  await compare()
  const reads = operations.filter(({ writes }) => !writes)
  const drawn = new Map(reads.map((operation) => [operation.name, drawVariables(operation, picks)]))
  for (let round = 1; round <= rounds; round += 1)
    for (const operation of operations)
      for (const { name, server, dialect } of rotates ? rotated(contestants, round) : contestants) {
        // The same for all servers, but never again where it writes.
        const requests = () =>
          requestsOf(dialect, operation, drawn.get(operation.name) ?? drawVariables(operation, picks))
        const warmUp = requests()
        if (warmUp.length === 0) continue
        await measure(server, postgresPid, warmUp, { seconds: round === 1 ? firstWarmUp : 1 })
        const cell = await measure(server, postgresPid, requests(), { seconds })
        results.add(operation.name, name, cell)
        say(
          `round ${round}, ${operation.name}, ${name}: ${cell.rate.toFixed(0)} requests/s, ` +
            `${cell.serverTime.toFixed(0)} + ${cell.postgresTime.toFixed(0)} µs` +
            `${cell.errors > 0 ? `, ${cell.errors} ERRORS` : ''}`,
        )
      }
  // Votes can still be under way whose clients have left.
  await sleep(1_000)
  await compare()
}

const rotated = <Item>(items: readonly Item[], by: number): Item[] => {
  const first = by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}
