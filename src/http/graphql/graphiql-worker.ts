import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

// Renders GraphiQL's page in a thread that ends afterwards, because a module stays in memory once it is loaded, and this one
// takes 9 MB.

/** The page, and the values for its headers. */
export interface RenderedGraphiql {
  gzipped: Uint8Array<ArrayBuffer>
  /** Of its only script, for the content security policy. */
  scriptHash: string
  etag: string
}

const sha256 = (text: string) => createHash('sha256').update(text)
// A browser normalizes line ends before it computes the hash.
const html = renderGraphiQL(workerData).replace(/\r\n?/g, '\n')
const start = '<div id="root"></div>'
const script = html.slice(
  html.indexOf('<script>', html.indexOf(start)) + '<script>'.length,
  html.lastIndexOf('</script>'),
)
const gzipped = new Uint8Array(gzipSync(html))
const rendered: RenderedGraphiql = {
  gzipped,
  scriptHash: sha256(script).digest('base64'),
  etag: `W/"${sha256(html).digest('base64url').slice(0, 27)}"`,
}
parentPort?.postMessage(rendered, [gzipped.buffer])
