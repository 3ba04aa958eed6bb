const steps: (() => void)[] = []
let prepared = false

/**
 * Does something when this program ends, however it ends short of SIGKILL: what was done last is undone first. The step
 * must not wait for anything, such as one that sends a signal to a process started here.
 */
export function atEnd(step: () => void): void {
  steps.push(step)
  if (prepared) return
  prepared = true
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  process.on('exit', () => {
    for (const last of steps.reverse()) {
      try {
        last()
      } catch {
        // It has ended already.
      }
    }
  })
}
