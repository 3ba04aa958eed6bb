import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Webhook } from 'standardwebhooks'

/** How an address behaves. */
export type Behaviour = 'live' | 'flaky' | 'fails' | 'stalls' | 'gone'

export interface RecorderOptions {
  secret: string
  behaviourOf(path: string): Behaviour
}

interface Message {
  headers: IncomingHttpHeaders
  body: string
  isSigned: boolean
}

export interface Recorder {
  url: string
  /** The titles of the papers that each address has taken, each message once. */
  titlesAt(path: string): string[]
  /** How many messages were taken, with those that came more than once. */
  taken(): number
  requests(): number
  /** The number of messages whose signature is wrong, and of ids that came with different papers. */
  faults(): number
  close(): Promise<void>
}

/** Many addresses in one server, some of which do not take messages. */
export async function openRecorder({ secret, behaviourOf }: RecorderOptions): Promise<Recorder> {
  const taken = new Map<string, Message[]>()
  const refused = new Set<string>()
  let requests = 0
  const verifier = new Webhook(secret)
  // When it comes: five minutes later its time is too old.
  const isSigned = (body: string, headers: IncomingHttpHeaders): boolean => {
    try {
      verifier.verify(body, headers as Record<string, string>)
      return true
    } catch {
      return false
    }
  }
  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    const body = await text(request)
    const message = { headers: request.headers, body, isSigned: isSigned(body, request.headers) }
    requests += 1
    const behaviour = behaviourOf(path)
    if (behaviour === 'stalls') return
    if (behaviour === 'gone') return response.writeHead(410).end()
    const isFirst = !refused.has(path)
    refused.add(path)
    if (behaviour === 'fails' || (behaviour === 'flaky' && isFirst)) return response.writeHead(503).end()
    taken.set(path, [...(taken.get(path) ?? []), message])
    response.writeHead(204).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const papersOf = ({ body }: Message): string[] =>
    JSON.parse(body).data.papers.map(({ title }: { title: string }) => title)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    titlesAt: (path) => {
      const messages = new Map<unknown, Message>()
      for (const message of taken.get(path) ?? [])
        if (!messages.has(message.headers['webhook-id'])) messages.set(message.headers['webhook-id'], message)
      return [...messages.values()].flatMap(papersOf)
    },
    taken: () => [...taken.values()].reduce((sum, messages) => sum + messages.length, 0),
    requests: () => requests,
    faults: () => {
      const known = new Map<string, string>()
      let faults = 0
      for (const [path, messages] of taken)
        for (const message of messages) {
          const key = `${path} ${message.headers['webhook-id']}`
          const titles = papersOf(message).join()
          if ((known.get(key) ?? titles) !== titles) faults += 1
          known.set(key, titles)
          if (!message.isSigned) faults += 1
        }
      return faults
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}
