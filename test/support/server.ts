import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import type { Db } from '../../src/db/client.ts'
import type { EditionClock } from '../../src/editions.ts'
import { createHttpServer } from '../../src/http/server.ts'

export interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  data?: any
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

export interface TestServer {
  /** `http://127.0.0.1:port` */
  url: string
  /** The lines that it logged. */
  logged: Record<string, unknown>[]
  /** Posts an operation and gives the answer. */
  ask(query: string, variables?: Record<string, unknown>): Promise<Answer>
  close(): Promise<void>
}

export const UTC_CLOCK: EditionClock = { now: () => new Date(), timeZone: 'UTC', rollover: '00:00' }

/** The server that production runs, on a free port. */
export async function startServer(db: Db, clock = UTC_CLOCK): Promise<TestServer> {
  const logged: Record<string, unknown>[] = []
  const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) })
  const server = createHttpServer({ db, log, clock })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    logged,
    ask: async (query, variables) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      })
      return (await response.json()) as Answer
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
