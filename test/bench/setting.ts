import { availableParallelism, cpus } from 'node:os'
import { OperatorError } from '../../src/values/errors.ts'
import { canPin, LOAD_CORE, pinToCore } from './cores.ts'
import { type BenchPostgres, startPostgres } from './postgres.ts'
import { checkWrk } from './wrk.ts'

/** People are told on stderr how far it is, a line at a time; results go to stdout. */
export const say = (line: string): void => console.error(line)

/** What every benchmark begins with: the load generator, and Postgres on its core. */
export async function prepare(): Promise<BenchPostgres> {
  if (process.platform !== 'linux')
    throw new OperatorError('The benchmark reads processor times from /proc, which only Linux has.')
  await checkWrk()
  const postgres = await startPostgres(say)
  pinToCore(LOAD_CORE, postgres.pid)
  if (!canPin) say('Programs cannot be kept on cores here, so that server, Postgres and load disturb each other.')
  return postgres
}

/** What the figures were measured on. */
export const machine = (postgres: BenchPostgres): string =>
  `Node ${process.versions.node}, Postgres ${postgres.version}, ${availableParallelism()} cores of ${cpus()[0]?.model ?? 'a processor'}` +
  `${canPin ? '; the server on one, Postgres and wrk on another' : ''}`
