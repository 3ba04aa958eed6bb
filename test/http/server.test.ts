import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { MAX_BODY_BYTES } from '../../src/http/graphql/request-body.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { graphiqlExamples } from '../support/graphiql-examples.ts'
import { startProxy } from '../support/proxy.ts'
import { startServer } from '../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 5)
const server = await startServer(database)

afterAll(async () => {
  await server.close()
  await database.close()
})

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${server.url}${path}`, { headers, redirect: 'manual' })

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('health checks', () => {
  test('/healthz and /readyz report success', async () => {
    for (const [path, text] of [
      ['/healthz', 'ok\n'],
      ['/readyz', 'ready\n'],
      ['/readyz?verbose', 'ready\n'],
    ] as const) {
      const response = await get(path)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toContain('text/plain')
      expect(response.headers.get('cache-control')).toBe('no-store')
      expect(await response.text()).toBe(text)
    }
  })

  test('without its database the server is alive but not ready, and does not reveal why', async () => {
    const own = await freshDatabase()
    const pool = openDatabase(own.url, { connections: 2, statementTimeout: 1_000 })
    const lost = await startServer({ ...pool, url: database.url })
    onTestFinished(async () => {
      await lost.close()
      await pool.close()
    })
    expect((await fetch(`${lost.url}/readyz`)).status).toBe(200)

    await own.close()
    const response = await fetch(`${lost.url}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.text()).toBe('The database does not reply.\n')
    expect(lost.logged.some(({ msg, err }) => msg === 'the database does not reply' && err)).toBe(true)
    expect((await fetch(`${lost.url}/healthz`)).status).toBe(200)

    const { errors } = await lost.ask('{ papers { totalCount } }')
    expect(errors?.[0]?.extensions.code).toBe('INTERNAL_SERVER_ERROR')
    expect(JSON.stringify(errors)).not.toContain(new URL(own.url).pathname.slice(1))
  })

  test('the server is not ready when its database stops replying', async () => {
    const proxy = await startProxy(database.url)
    const pool = openDatabase(proxy.url, { connections: 1, statementTimeout: 1_000 })
    const cut = await startServer({ ...pool, url: database.url })
    onTestFinished(async () => {
      await cut.close()
      await proxy.stop()
      await pool.close()
    })
    expect((await fetch(`${cut.url}/readyz`)).status).toBe(200)
    proxy.freeze()
    const response = await fetch(`${cut.url}/readyz`)
    expect([response.status, await response.text()]).toEqual([503, 'The database does not reply.\n'])
    expect(cut.logged.some(({ msg, err }) => msg === 'the database does not reply' && err)).toBe(true)
  })

  test('connections stay open longer than load balancers keep them idle', async () => {
    expect((await get('/healthz')).headers.get('keep-alive')).toBe('timeout=65')
  })

  test('a client that disconnects in the middle of its request is not a failure', async () => {
    for (const headers of [{ 'transfer-encoding': 'chunked' }, { 'content-length': '1000' }]) {
      const sending = request(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      })
      sending.on('error', () => {})
      sending.write('{"query":')
      const [socket] = await once(sending, 'socket')
      if (socket.connecting) await once(socket, 'connect')
      await setTimeout(100)
      sending.destroy()
    }
    await setTimeout(200)
    expect((await get('/healthz')).status).toBe(200)
    expect(server.logged.filter(({ level }) => Number(level) > 30)).toEqual([])
  })
})

describe('addresses', () => {
  test('an unknown path is 404', async () => {
    for (const path of ['/nothing', '/graphql/x', '/health', '/%00', '/..%2f']) {
      const response = await get(path)
      expect(response.status, path).toBe(404)
      expect(response.headers.get('content-type')).toContain('text/plain')
      expect(await response.text()).toBe(`There is nothing at ${path}. The API is at /graphql.\n`)
    }
  })
})

describe('operations', () => {
  const query = 'query Some($first: Int!) { papers(first: $first) { nodes { title } } } query Other { viewer { id } }'

  test('by POST', async () => {
    const response = await post({ query, variables: { first: 2 }, operationName: 'Some' })
    expect(response.status).toBe(200)
    const { data } = (await response.json()) as { data: { papers: { nodes: object[] } } }
    expect(data.papers.nodes).toHaveLength(2)
  })

  test('by GET', async () => {
    const parameters = new URLSearchParams({ query, variables: '{"first":2}', operationName: 'Some' })
    const response = await get(`/graphql?${parameters}`, { accept: 'application/graphql-response+json' })
    expect(response.status).toBe(200)
    const { data } = (await response.json()) as { data: { papers: { nodes: object[] } } }
    expect(data.papers.nodes).toHaveLength(2)
  })

  test('mutations by GET are refused', async () => {
    const response = await get(`/graphql?${new URLSearchParams({ query: 'mutation { anything }' })}`)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })

  test('several in one request are refused', async () => {
    const response = await post([{ query: '{ viewer { id } }' }, { query: '{ viewer { id } }' }])
    expect(response.status).toBe(400)
  })

  test('uploads are refused', async () => {
    const form = new FormData()
    form.set('operations', JSON.stringify({ query: '{ viewer { id } }' }))
    const response = await fetch(`${server.url}/graphql`, { method: 'POST', body: form })
    expect(response.status).toBe(415)
  })
})

describe('cross-origin requests', () => {
  const origin = 'https://somewhere.example'

  test('the preflight allows any origin, without credentials', async () => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'apollo-require-preflight,authorization,content-type,if-none-match',
      },
    })
    expect(response.status).toBe(204)
    expect(['*', origin]).toContain(response.headers.get('access-control-allow-origin'))
    expect(response.headers.get('access-control-allow-credentials')).not.toBe('true')
    expect(response.headers.get('access-control-allow-methods')).toContain('POST')
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'apollo-require-preflight,authorization,content-type,if-none-match',
    )
    expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(0)
  })

  test('may read the ETag of a response, and why a token is refused', async () => {
    const answer = await get(`/graphql?${new URLSearchParams({ query: '{ papers(first: 1) { nodes { id } } }' })}`)
    expect(answer.headers.get('etag')).not.toBeNull()
    expect(answer.headers.get('access-control-expose-headers')).toContain('ETag')
    const refusal = await get('/graphql?query={viewer{id}}', { authorization: 'Bearer none' })
    expect(refusal.status).toBe(401)
    expect(refusal.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
  })

  test('may read responses and errors', async () => {
    for (const body of [{ query: '{ viewer { id } }' }, { query: '{' }, { query: 'x'.repeat(MAX_BODY_BYTES) }]) {
      const response = await post(body, { origin })
      expect(['*', origin]).toContain(response.headers.get('access-control-allow-origin'))
      expect(response.headers.get('access-control-allow-credentials')).not.toBe('true')
      expect(response.headers.get('set-cookie')).toBeNull()
    }
  })
})

describe('GraphiQL', () => {
  const forBrowsers = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

  test('is sent to browsers, and loads nothing from other hosts', async () => {
    const response = await get('/graphql', forBrowsers)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toContain('text/html')
    const html = await response.text()
    expect(html).toContain('<title>Daily Papers</title>')
    expect(html).toContain('query ByTopic')

    const tags = html.replace(/(<(script|style)\b[^>]*>)[\s\S]*?<\/\2>/g, '$1').match(/<[a-z][^>]*>/gi) ?? []
    expect(tags.some((tag) => tag.startsWith('<script'))).toBe(true)
    for (const tag of tags) expect(tag.slice(0, 200)).not.toMatch(/\s(src|href|action|data)\s*=\s*["']?(https?:)?\/\//i)
    expect(html).not.toMatch(/@import|url\(\s*["']?(https?:)?\/\//)
    expect(html).not.toMatch(/esm\.sh|unpkg\.com|jsdelivr|cdnjs|googleapis|gstatic/)
  })

  test('may run its own script only, in no frame, and is sent once', async () => {
    const response = await get('/graphql', forBrowsers)
    const html = await response.text()
    const { headers } = response
    const policy = headers.get('content-security-policy') ?? ''
    const script = html.slice(
      html.indexOf('<script>', html.indexOf('<div id="root">')) + 8,
      html.lastIndexOf('</script>'),
    )
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}';`)
    for (const part of ["default-src 'none'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"])
      expect(policy).toContain(part)
    expect(policy).not.toMatch(/https?:|\*|eval/)
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-encoding')).toBe('gzip')
    expect(Number(headers.get('content-length'))).toBeLessThan(3_000_000)

    const etag = headers.get('etag') as string
    for (const tag of [etag, etag.replace(/"$/, '-gzip"')]) {
      const again = await get('/graphql?query={x}', { ...forBrowsers, 'if-none-match': tag })
      expect([again.status, again.headers.get('content-security-policy')]).toEqual([304, policy])
    }
    const plain = await get('/graphql', { ...forBrowsers, 'accept-encoding': 'identity' })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect((await plain.text()) === html).toBe(true)
    const head = await fetch(`${server.url}/graphql`, { method: 'HEAD', headers: forBrowsers })
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, etag, ''])
  })

  test('its examples work, each in a tab, with what is in the catalogue', async () => {
    const examples = await graphiqlExamples(server.url)
    expect(examples.map(({ name }) => name)).toEqual([
      'Today',
      'Month',
      'Facets',
      'Trending',
      'ByTopic',
      'Search',
      'OnePaper',
      'History',
      'LiveVotes',
      'Vote',
    ])
    const token = await server.tokenOf('reader')
    for (const { name, query, headers } of examples) {
      if (name === 'LiveVotes') continue
      const sent: Record<string, string> = JSON.parse((headers ?? '{}').replace('YOUR_TOKEN', token))
      expect(Object.keys(sent)).toEqual(name === 'Vote' ? ['Authorization'] : [])
      const { data, errors } = await server.ask(query, {}, sent.Authorization?.slice('Bearer '.length))
      expect(errors, name).toBeUndefined()
      expect(JSON.stringify(data), name).not.toMatch(
        /"(papers|paper|nodes|edges|topics|voteHistory)":(\[\]|null)|"totalCount":0|"message"/,
      )
    }
    const live = examples.find(({ name }) => name === 'LiveVotes')?.query as string
    const events = await fetch(`${server.url}/graphql?${new URLSearchParams({ query: live })}`, {
      headers: { accept: 'text/event-stream' },
    })
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader()
    let heard = ''
    const vote = examples.find(({ name }) => name === 'Vote')?.query as string
    await server.ask(vote.replace('castVote', 'withdrawVote'), {}, token)
    while (!heard.includes('"voteCount":')) heard += (await reader?.read())?.value
    await reader?.cancel()
    expect(heard).not.toContain('errors')
  })

  test('an empty catalogue has fewer examples, which work', async () => {
    const empty = await freshDatabase()
    const other = await startServer(empty)
    onTestFinished(async () => {
      await other.close()
      await empty.close()
    })
    const examples = await graphiqlExamples(other.url)
    expect(examples.map(({ name }) => name)).toEqual(['Today', 'Month', 'Facets', 'Trending'])
    for (const { query } of examples) expect(await other.ask(query)).not.toHaveProperty('errors')
  })
})
