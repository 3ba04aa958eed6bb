import { readdirSync, readFileSync } from 'node:fs'

/** A tick of Linux' process times, in milliseconds. */
const TICK = 10

interface Times {
  parent: number
  /** Milliseconds of processor time, of all threads. */
  busy: number
}

/** Null for a process that has ended. */
function timesOf(pid: number): Times | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name before can hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { parent: Number(fields[1]), busy: (Number(fields[11]) + Number(fields[12])) * TICK }
  } catch {
    return null
  }
}

/** The processes that a process has started and that run. */
export const childrenOf = (parent: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => timesOf(pid)?.parent === parent)

/** Begins to measure a process and its children; the function answers milliseconds of processor time since. */
export function watch(pid: number): () => number {
  const before = new Map<number, number>()
  const family = () => [pid, ...childrenOf(pid)].map((member) => [member, timesOf(member)?.busy ?? 0] as const)
  for (const [member, busy] of family()) before.set(member, busy)
  return () => family().reduce((sum, [member, busy]) => sum + Math.max(0, busy - (before.get(member) ?? 0)), 0)
}

/**
 * Milliseconds of processor time of a process and its children so far, to the microsecond: of the threads that live, which
 * for Node and Postgres are nearly all.
 */
export const busyOf = (pid: number): number =>
  [pid, ...childrenOf(pid)].reduce((sum, member) => sum + threadTimesOf(member), 0) / 1e6

function threadTimesOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).reduce(
      (sum, thread) => sum + Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]),
      0,
    )
  } catch {
    return 0
  }
}

/**
 * Megabytes of memory of a process and its children, where what several share counts once among them: the sum of their
 * proportional set sizes.
 */
export const memoryOf = (pid: number): number =>
  [pid, ...childrenOf(pid)].reduce((sum, member) => sum + proportionalSize(member), 0) / 1024

function proportionalSize(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Megabytes of memory that a process alone holds, with what it shares. */
export const residentSize = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) / 1024
