import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import type { Db } from '../../src/db/client.ts'
import { announceVotes } from './announce.ts'
import { ROOT } from './program.ts'
import type { TestServer } from './server.ts'

/** The blocks of `src/http/README.md` in a language. */
export async function configurations(language: string): Promise<string[]> {
  const readme = await readFile(join(ROOT, 'src/http/README.md'), 'utf8')
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) => block)
}

interface Proxied {
  /** The public address of the server, through the proxy. */
  url: string
  server: TestServer
}

/** A request through the proxy is logged with the address of the client, whatever the client claims, and a request id. */
export async function expectClientKnown({ url, server }: Proxied): Promise<void> {
  const response = await fetch(`${url}/feeds/papers.atom`, {
    headers: { 'x-forwarded-for': '203.0.113.9', 'x-request-id': 'mine' },
  })
  const id = response.headers.get('x-request-id')
  expect(id).toMatch(/^[\da-f-]{32,36}$/)
  await expect
    .poll(() => server.logged.find(({ requestId }) => requestId === id))
    .toMatchObject({ client: '127.0.0.1', path: '/feeds/papers.atom' })
}

/** ETags, 304 and encodings arrive as the server sent them. */
export async function expectUnchanged({ url }: Proxied): Promise<void> {
  const feed = `${url}/feeds/papers.rss`
  const first = await fetch(feed, { headers: { 'accept-encoding': 'identity' } })
  const etag = first.headers.get('etag') as string
  expect(etag).toMatch(/^W\/"/)
  expect((await fetch(feed, { headers: { 'if-none-match': etag } })).status).toBe(304)
  const gzipped = await fetch(feed, { headers: { 'accept-encoding': 'gzip' } })
  expect(gzipped.headers.get('content-encoding')).toBe('gzip')
  expect(await gzipped.text()).toBe(await first.text())
}

/** Subscribers receive events as they happen. */
export async function expectEvents({ url }: Proxied, db: Db, paperId: number): Promise<void> {
  const query = `subscription { voteCountChanged(paperIds: ["${encodeGlobalId('Paper', paperId)}"]) { id } }`
  const response = await fetch(`${url}/graphql?${new URLSearchParams({ query })}`, {
    headers: { accept: 'text/event-stream' },
  })
  expect(response.status).toBe(200)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  while (!text.includes('event: next')) {
    await announceVotes(db, [paperId])
    text += Buffer.from((await reader.read()).value ?? []).toString()
  }
  await reader.cancel()
}

/** Every address of this server in its pages and feeds can be requested through the proxy. */
export async function expectLinksWork({ url, server }: Proxied): Promise<void> {
  server.servedAt(url)
  const seen = new Set([`${url}/`, `${url}/feeds/papers.atom`, `${url}/embed`])
  for (const address of seen) {
    const response = await fetch(address, { headers: { accept: 'text/html, */*' } })
    const text = await response.text()
    expect(`${response.status} ${address}`).toBe(`200 ${address}`)
    // Of each kind a few.
    const links = [...text.matchAll(/(?:href|src|<id>)[="]*(http:\/\/127[^"<]*)/g)].map(([, link = '']) =>
      link.replaceAll('&amp;', '&'),
    )
    for (const link of links) {
      expect(link).toMatch(new RegExp(`^${url}/`))
      if (seen.size < 30) seen.add(link)
    }
  }
  expect(seen.size).toBeGreaterThan(10)
}

/** Agents can call tools through the proxy, also from a page of the site, and are told addresses that lead through it. */
export async function expectTools({ url, server }: Proxied): Promise<void> {
  server.servedAt(url)
  const response = await fetch(`${url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      origin: new URL(url).origin,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'list_papers', arguments: {} },
    }),
  })
  expect(response.status).toBe(200)
  expect(await response.text()).toContain(`"page":"${url}/papers"`)
}
