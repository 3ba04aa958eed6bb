import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { childrenOf } from './processor.ts'

/** The server has a core of its own; Postgres and the load generator share the other one. */
export const SERVER_CORE = 0
export const LOAD_CORE = 1

/** Whether programs can be kept on cores here: on Linux, with taskset and at least two. */
export const canPin: boolean =
  availableParallelism() > 1 && ['/usr/bin', '/bin'].some((folder) => listing(folder).includes('taskset'))

function listing(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** A command line that runs on a core, where programs can be kept on cores. */
export const atCore = (core: number, command: string[]): string[] =>
  canPin ? ['taskset', '-c', String(core), ...command] : command

/** Moves a process and its children to a core; those that they start later follow. */
export function pinToCore(core: number, pid: number): void {
  if (!canPin) return
  for (const each of [pid, ...childrenOf(pid)])
    execFileSync('taskset', ['-a', '-c', '-p', String(core), String(each)], { stdio: 'ignore' })
}
