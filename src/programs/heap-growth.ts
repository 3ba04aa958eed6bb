import type { Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { collectAll } from './idle-memory.ts'

/**
 * By how much the old part of the heap may grow from one collection to the next, in percent of what is in use. With few
 * connections, so much that collecting costs next to nothing; with many, so little that it takes up to half of the
 * processor's time: chosen so that the process stays below 250 MB under a thousand, which `npm run bench:memory` shows.
 */
const GROWTH = { few: 200, many: 30 }
/** How many connections are few, and how many are many. Each holds memory of its own, which leaves less for the heap. */
const CONNECTIONS = { few: 50, many: 400 }
/** Where growth falls by so much at once, V8 would only hear of it when it has taken what it was allowed before. */
const WORTH_COLLECTING = 50
const LOOK_EVERY = 500

/**
 * Has V8 collect the sooner the more connections are open, for as long as the server is. Left to itself, it takes four
 * times of what is in use before it collects: 400 MB under a thousand connections.
 *
 * @param options tests look more often, in milliseconds, and watch what is set
 */
export function growByConnections(
  server: Server,
  { every = LOOK_EVERY, setGrowth = setHeapGrowth, collect = collectAll } = {},
): void {
  let connections = 0
  let growth = GROWTH.few
  setGrowth(growth)
  server.on('connection', (socket) => {
    connections += 1
    socket.once('close', () => {
      connections -= 1
    })
  })
  const looking = setInterval(() => {
    const before = growth
    growth = growthFor(connections)
    if (growth !== before) setGrowth(growth)
    if (before - growth >= WORTH_COLLECTING) collect()
  }, every)
  looking.unref()
  server.once('close', () => clearInterval(looking))
}

/** In steps of ten percent, evenly less from few connections to many. */
export function growthFor(connections: number): number {
  const share = (connections - CONNECTIONS.few) / (CONNECTIONS.many - CONNECTIONS.few)
  const growth = GROWTH.few - (GROWTH.few - GROWTH.many) * Math.min(1, Math.max(0, share))
  return Math.round(growth / 10) * 10
}

/** Read by V8 at the end of each collection, when it decides how far it is to the next. */
const setHeapGrowth = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`)
