import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import { gzipSync } from 'node:zlib'
import { renderGraphiQL } from '@graphql-yoga/render-graphiql'

// Renders GraphiQL's page in a thread that ends afterwards, because a module stays in memory once it is loaded, and this one
// takes 9 MB.

/** What GraphiQL shows. */
export interface GraphiqlOptions {
  title: string
  /** As markup. */
  logo: string
  /** An address. */
  favicon: string
  defaultEditorToolsVisibility: 'headers'
  defaultTabs: { query: string; headers?: string }[]
}

/** The page, and the values for its headers. */
export interface RenderedGraphiql {
  gzipped: Uint8Array<ArrayBuffer>
  /** Of its only script, for the content security policy. */
  scriptHash: string
  etag: string
}

/**
 * A tab that is pressed stays where it is: its animation moves it away from the pointer, which then clicks beside it. On a
 * narrow screen, the editor is above the result and the buttons of the sidebar are a row.
 */
const STYLE = `
.graphiql-tab { transform: none !important }
.graphiql-container { height: 100dvh }
.graphiql-logo svg { display: block; width: 24px; height: 24px }
@media (max-width: 700px) {
  .graphiql-container, .graphiql-container .graphiql-main, .graphiql-container #graphiql-session { flex-direction: column }
  .graphiql-container .graphiql-sidebar { flex-direction: row; flex-shrink: 0; width: auto; padding-block: 0; overflow: auto hidden }
  .graphiql-container .graphiql-main { min-height: 0 }
  .graphiql-container .graphiql-sessions { margin: 0; min-height: 0; border-radius: 0 }
  .graphiql-container #graphiql-session { min-height: 0 }
  .graphiql-container :is(.graphiql-editors, .graphiql-editors > section, .graphiql-response) { min-height: 0; overflow: hidden }
  .graphiql-container .graphiql-plugin { border-left: 0 }
  .graphiql-container .graphiql-logo, .graphiql-horizontal-drag-bar { display: none }
}
`

const sha256 = (text: string) => createHash('sha256').update(text)
const options: GraphiqlOptions = workerData
const given = JSON.stringify(options)
// A "<" in an example must not end the script. A query in the address gets a tab of its own before the examples.
const adapted = `((options, query) => (query ? { ...options, defaultTabs: [{ query }, ...options.defaultTabs] } : options))(${given.replaceAll('<', '\\u003c')}, new URLSearchParams(location.search).get('query'))`
const page = renderGraphiQL(options)
const place = page.lastIndexOf(given)
// A browser normalizes line ends before it computes the hash.
const html = (page.slice(0, place) + adapted + page.slice(place + given.length))
  .replace('<div id="root">', () => `<style>${STYLE}</style>\n<div id="root">`)
  .replace(/\r\n?/g, '\n')
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
