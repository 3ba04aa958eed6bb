import { createServer, type Server } from 'node:http'
import type { Logger } from 'pino'
import type { Metrics } from '../metrics/metrics.ts'

/** `/metrics` for Prometheus, on a port of its own, because it is not for everybody. Not yet listening. */
export const createMetricsServer = (metrics: Metrics, log: Logger): Server =>
  createServer(async ({ url = '', method }, response) => {
    const plain = { 'content-type': 'text/plain; charset=utf-8' }
    if (!/^\/metrics\/?(?:\?|$)/.test(url))
      return void response.writeHead(404, plain).end('The metrics are at /metrics.\n')
    if (method !== 'GET' && method !== 'HEAD')
      return void response.writeHead(405, { ...plain, allow: 'GET, HEAD' }).end('Send a GET request.\n')
    try {
      const text = await metrics.text()
      response.writeHead(200, { 'content-type': metrics.contentType }).end(method === 'HEAD' ? undefined : text)
    } catch (error) {
      log.error({ err: error }, 'the metrics cannot be read')
      response.writeHead(500, plain).end('The metrics cannot be read; the log says why.\n')
    }
  })
