import type { RunningServer } from './servers.ts'

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  children?: number[]
}

interface CpuProfile {
  nodes: ProfileNode[]
  samples: number[]
  timeDeltas: number[]
}

export interface ProfileShare {
  name: string
  microseconds: number
}

/** Frames that are no function, by the names that V8 gives them. */
const FRAMES = new Map([
  ['(garbage collector)', 'gc'],
  ['(program)', 'native, or waiting for the processor'],
  ['(root)', 'native, or waiting for the processor'],
])

/** Which place a file belongs to; the first that fits. */
const PLACES: [RegExp, string][] = [
  [/node_modules\/postgres\//, 'postgres.js'],
  [/node_modules\/drizzle-orm\//, 'drizzle'],
  [/node_modules\/dataloader\//, 'dataloader'],
  [/node_modules\/@pothos\//, 'pothos and schema/'],
  [/graphql-yoga\/.*\/stringify\.js$/, 'JSON'],
  [
    /node_modules\/(graphql|graphql-jit|@graphql-tools\/executor|@envelop\/graphql-jit|fast-json-stringify)\//,
    'graphql execution',
  ],
  [/node_modules\/(graphql-yoga|@graphql-yoga|@envelop|@whatwg-node|@graphql-tools)\//, 'yoga, envelop, whatwg'],
  [/node_modules\/((?:@[^/]+\/)?[^/]+)\//, 'other packages'],
  [/\/src\/loaders\//, 'dataloader'],
  [/\/schema\//, 'pothos and schema/'],
  [/\/src\/http\//, 'src/http'],
  [/\/src\//, 'src/ (lists, queries, db)'],
  [/^node:/, 'node: http, streams, buffers, promises'],
]

/** Samples a running server by its inspector, which it must have been started with. */
export class Profiler {
  readonly #socket: WebSocket
  #last = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  static async attach(server: RunningServer): Promise<Profiler> {
    const address = /Debugger listening on (ws:\S+)/.exec(server.output())?.[1]
    if (address === undefined) throw new Error(`${server.name} was started without --inspect`)
    const socket = new WebSocket(address)
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', () => reject(new Error(`The inspector at ${address} cannot be reached.`)))
    })
    return new Profiler(socket)
  }

  /** Self time by place and by function while something is done, the most first; idle time is left out. */
  async during<T>(run: () => Promise<T>): Promise<{ result: T; byPlace: ProfileShare[]; byFunction: ProfileShare[] }> {
    await this.#send('Profiler.enable')
    await this.#send('Profiler.setSamplingInterval', { interval: 400 })
    await this.#send('Profiler.start')
    const result = await run()
    const { profile } = (await this.#send('Profiler.stop')) as { profile: CpuProfile }
    this.#socket.close()
    return { result, ...shares(profile) }
  }

  #send(method: string, params: object = {}): Promise<unknown> {
    this.#last += 1
    const id = this.#last
    return new Promise((resolve, reject) => {
      const hear = ({ data }: MessageEvent) => {
        const message = JSON.parse(data)
        if (message.id !== id) return
        this.#socket.removeEventListener('message', hear)
        if (message.error) reject(new Error(message.error.message))
        else resolve(message.result)
      }
      this.#socket.addEventListener('message', hear)
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }
}

function shares({ nodes, samples, timeDeltas }: CpuProfile) {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const callers = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node] as const)))
  const places = new Map<string, number>()
  const functions = new Map<string, number>()
  samples.forEach((id, at) => {
    const node = byId.get(id) as ProfileNode
    const { functionName, url, lineNumber } = node.callFrame
    if (functionName === '(idle)') return
    const time = timeDeltas[at] ?? 0
    const where =
      url === '' ? '(native or generated)' : `${url.replace(/^.*?\/(?=node_modules|src|schema)/, '')}:${lineNumber + 1}`
    add(places, placeOf(node, callers), time)
    add(functions, `${functionName || '(anonymous)'} ${where}`, time)
  })
  return { byPlace: sorted(places), byFunction: sorted(functions) }
}

/** What has no file, as V8's own functions and generated code, belongs where it was called. */
function placeOf(node: ProfileNode, callers: Map<number, ProfileNode>): string {
  const { functionName, url } = node.callFrame
  const frame = FRAMES.get(functionName)
  if (frame !== undefined) return frame
  if (url === '' && ['stringify', 'parse'].includes(functionName)) return 'JSON'
  let at: ProfileNode | undefined = node
  while (at && at.callFrame.url === '') at = callers.get(at.id)
  const file = at?.callFrame.url ?? url
  return PLACES.find(([pattern]) => pattern.test(file))?.[1] ?? 'other'
}

const add = (map: Map<string, number>, name: string, value: number) => map.set(name, (map.get(name) ?? 0) + value)

const sorted = (map: Map<string, number>): ProfileShare[] =>
  [...map].map(([name, microseconds]) => ({ name, microseconds })).sort((a, b) => b.microseconds - a.microseconds)
