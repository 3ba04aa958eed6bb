import { setFlagsFromString } from 'node:v8'
import { vi } from 'vitest'

/** Thrown in place of an exit. */
class Exit extends Error {}

export interface Printed {
  code: number
  stdout: string
  stderr: string
}

let runs = 0

/**
 * Runs a program in this process: milliseconds, where a process of its own costs half a second of processor time or more.
 * For what a program refuses and prints; that it starts and ends as a process is another test of its.
 *
 * @param file path below the root, such as `src/programs/export.ts`
 * @param env  variables added to the environment
 */
export async function runHere(file: string, args: string[], env: Record<string, string> = {}): Promise<Printed> {
  const printed: Printed = { code: 0, stdout: '', stderr: '' }
  let hasExited = false
  const write = (to: 'stdout' | 'stderr') =>
    vi.spyOn(process[to], 'write').mockImplementation((chunk) => {
      // After an exit, a program would print the error that stands for it.
      if (!hasExited) printed[to] += chunk
      return true
    })
  const exit = (code?: string | number | null) => {
    if (!hasExited) printed.code = Number(code ?? process.exitCode ?? 0)
    hasExited = true
    throw new Exit()
  }
  const spies = [write('stdout'), write('stderr'), vi.spyOn(process, 'exit').mockImplementation(exit)]
  const before = { argv: process.argv, env: process.env, exitCode: process.exitCode }
  const listeners = new Set(process.eventNames().flatMap((name) => process.rawListeners(name as 'exit')))
  Object.assign(process, {
    argv: [process.execPath, file, ...args],
    env: { ...process.env, ...env },
    exitCode: undefined,
  })
  try {
    // A module runs once: by the number, it is another one each time.
    await import(`../../${file}?run=${runs++}`)
    if (!hasExited) printed.code = Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof Exit)) throw error
  } finally {
    Object.assign(process, before)
    // An import limits the growth of the heap, with which all later files of this worker would collect garbage more often.
    setFlagsFromString('--heap-growing-percent=0')
    for (const spy of spies) spy.mockRestore()
    for (const name of process.eventNames() as 'exit'[])
      for (const listener of process.rawListeners(name))
        if (!listeners.has(listener)) process.removeListener(name, listener as () => void)
  }
  return printed
}
