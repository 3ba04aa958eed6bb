import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { LookupFunction } from 'node:net'
import { explain, type Fail } from './fetch-error.ts'

/** In milliseconds. */
export interface Timeouts {
  /** From the start until there is a connection: resolving the name, TCP, TLS. */
  connect: number
  /** From the connection until the headers are there. arXiv takes up to a minute for the first response of a harvest. */
  headers: number
  /** The longest pause while the body arrives. */
  idle: number
}

interface Exchange {
  headers: Record<string, string>
  /** Sent by POST; without it, the request is a GET. */
  body?: Buffer
  lookup: LookupFunction | undefined
  timeouts: Timeouts
  signal: AbortSignal
  fail: Fail
}

/** Sends one request over a connection of its own, and returns the response whose headers have arrived. */
export function exchange(
  url: URL,
  { headers, body, lookup, timeouts, signal, fail }: Exchange,
): Promise<IncomingMessage> {
  const isEncrypted = url.protocol === 'https:'
  const request = (isEncrypted ? https : http).request(url, {
    agent: false,
    method: body === undefined ? 'GET' : 'POST',
    headers,
    signal,
    ...(lookup && { lookup }),
  })
  const giveUpAfter = (milliseconds: number, predicate: string) =>
    setTimeout(
      () => request.destroy(fail(`${predicate} within ${milliseconds / 1_000} s: try again later`, true)),
      milliseconds,
    )
  let timer = giveUpAfter(timeouts.connect, 'could not be connected to')
  request.once('socket', (socket) =>
    socket.once(isEncrypted ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer)
      timer = giveUpAfter(timeouts.headers, 'did not respond')
    }),
  )
  return new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve)
    // Also after the response, when nothing else hears the errors of the request.
    request.on('error', (error) => reject(explain(error, url.hostname, fail)))
    request.end(body)
  }).finally(() => clearTimeout(timer))
}
