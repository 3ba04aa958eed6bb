import type { Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** How often it is looked whether the server is idle: that is when fewer requests came since the last look. */
const LOOK_EVERY = 10_000
const FEW = 20
/** So much more memory than after the last collection is worth another one, in bytes. */
const WORTH_COLLECTING = 32 * 1024 * 1024

/**
 * Gives back the memory that a busy time has taken, once it is over. V8 collects as more memory is asked for, and so keeps
 * what it has for as long as little is asked: at night a server would hold what it needed at noon. A collection takes some
 * twenty milliseconds, which is why it waits until hardly anybody does.
 *
 * @param options tests look more often, in milliseconds, and count the collections
 */
export function giveBackWhenIdle(server: Server, { every = LOOK_EVERY, collect = collectAll } = {}): void {
  let requests = 0
  let least = 0
  server.on('request', () => {
    requests += 1
  })
  const looking = setInterval(() => {
    const isIdle = requests < FEW
    requests = 0
    if (!isIdle || process.memoryUsage().heapTotal < least + WORTH_COLLECTING) return
    collect()
    least = process.memoryUsage().heapTotal
  }, every)
  looking.unref()
  server.once('close', () => clearInterval(looking))
}

/** Collects all that nobody holds, and gives back the memory that it took. */
export function collectAll(): void {
  // A flag that can be set late is seen in a context that is made later.
  setFlagsFromString('--expose-gc')
  const collect: NodeJS.GCFunction = runInNewContext('gc')
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
