import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

// Makes the page of GraphiQL and ends: in a thread of its own, because a module stays loaded, and this one has 9 MB.

/** The page, and what its headers are made of. */
export interface RenderedGraphiql {
  gzipped: Uint8Array<ArrayBuffer>
  /** For a content security policy: of its one script. */
  scriptHash: string
  etag: string
}

const sha256 = (text: string) => createHash('sha256').update(text)
// As a browser reads line ends before it takes the hash.
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
