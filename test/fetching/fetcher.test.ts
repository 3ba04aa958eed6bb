import { execFileSync } from 'node:child_process'
import dns from 'node:dns'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import http, { type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import https from 'node:https'
import { type AddressInfo, createServer, type Server as TcpServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { FetchError } from '../../src/fetching/fetch-error.ts'
import { createFetcher, type Fetcher, type GetOptions } from '../../src/fetching/fetcher.ts'
import { userAgent } from '../../src/fetching/user-agent.ts'
import { directoryOf } from '../ingest/fixtures.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { freePort } from '../support/free-port.ts'

const NOW = new Date('2026-11-28T12:00:00Z')

const fetcher = createFetcher({ allowPrivateNetworks: true, userAgent: 'Test/1', now: () => NOW })
const guarded = createFetcher({ allowPrivateNetworks: false, userAgent: 'Test/1' })
/** For servers that do not respond. */
const hasty = createFetcher({
  allowPrivateNetworks: true,
  userAgent: 'Test/1',
  timeouts: { headers: 200, idle: 200 },
})

/** The headers of all requests, by path. */
const received: { path: string; headers: IncomingHttpHeaders }[] = []
/** What the server does with each path; tests add to it. */
const handlers = new Map<string, RequestListener>()
const handle: RequestListener = (request, response) => {
  received.push({ path: request.url ?? '', headers: request.headers })
  const handler = handlers.get(request.url ?? '')
  if (handler) handler(request, response)
  else response.writeHead(404).end()
}

let server: Server
let origin: string
beforeAll(async () => {
  server = http.createServer(handle).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Answers a path of the server, and returns its address. */
function serve(path: string, handler: RequestListener): string {
  handlers.set(path, handler)
  return `${origin}${path}`
}

/** An address at which the server sends these bytes to every connection, and then closes it. */
async function raw(bytes: string | Buffer, scheme = 'http'): Promise<string> {
  const sending: TcpServer = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => socket.end(bytes))
  }).listen(0, '127.0.0.1')
  await once(sending, 'listening')
  onTestFinished(() => void sending.close())
  return `${scheme}://127.0.0.1:${(sending.address() as AddressInfo).port}/`
}

async function read(address: string, options?: GetOptions, by: Fetcher = fetcher): Promise<string> {
  const { body } = await by.get(address, options)
  return text(body)
}

/** The message of the FetchError, with the temporary ones marked. */
async function failureOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => expect.unreachable('nothing failed'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof FetchError)) throw error
  expect(error.message).toMatch(/^It .*[^.]\.$/)
  return `${error.isTemporary ? 'later: ' : ''}${error.message}`
}

test('a response has its status, headers, address and body; the request says who is asking', async () => {
  const address = serve('/plain', (_, response) => response.setHeader('ETag', '"a"').end('three words here'))
  const { status, headers, url, retryAfter, body } = await fetcher.get(`${address}#part`, {
    headers: { Accept: 'text/plain' },
  })
  expect({ status, etag: headers.get('etag'), url, retryAfter }).toEqual({
    status: 200,
    etag: '"a"',
    url: address,
    retryAfter: null,
  })
  expect(await text(body)).toBe('three words here')
  expect(received.at(-1)?.headers).toMatchObject({
    accept: 'text/plain',
    'user-agent': 'Test/1',
    'accept-encoding': 'gzip',
  })
})

test('the user agent has the version and the public address as a contact', () => {
  expect(userAgent('https://papers.example.org')).toMatch(
    /^DailyPapers\/\d+\.\d+\.\d+ \(\+https:\/\/papers\.example\.org\)$/,
  )
  expect(userAgent(null)).toMatch(/^DailyPapers\/\d+\.\d+\.\d+$/)
})

test('gzip is decompressed, but not a range, which is requested without it', async () => {
  const address = serve('/gzip', ({ headers }, response) => {
    if (headers['accept-encoding'] === 'gzip')
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync('compressed'))
    else response.writeHead(206, { 'content-range': 'bytes 2-4/10' }).end('mpr')
  })
  expect(await read(address)).toBe('compressed')
  expect(await read(address, { headers: { range: 'bytes=2-4' } })).toBe('mpr')
})

test.each([304, 404, 410, 429, 500, 503])('the status %i is a result without a body', async (status) => {
  const address = serve('/status', (_, response) => response.writeHead(status).end(status === 304 ? '' : 'why'))
  const response = await fetcher.get(address)
  expect(response.status).toBe(status)
  expect(await text(response.body)).toBe('')
})

test.each([
  ['120', null, '2026-11-28T12:02:00.000Z'],
  ['0', null, '2026-11-28T12:00:00.000Z'],
  ['1.5', null, '2026-11-28T12:00:01.500Z'],
  ['Sat, 28 Nov 2026 12:05:00 GMT', null, '2026-11-28T12:05:00.000Z'],
  // In the past.
  ['Sat, 28 Nov 2026 11:05:00 GMT', null, '2026-11-28T12:00:00.000Z'],
  // The server's clock is a day behind.
  ['Fri, 27 Nov 2026 12:05:00 GMT', 'Fri, 27 Nov 2026 12:00:00 GMT', '2026-11-28T12:05:00.000Z'],
  // As long as a moment can be.
  ['99999999999999999999', null, '2027-11-28T12:00:00.000Z'],
  ['soon', null, undefined],
  ['-5', null, undefined],
])('Retry-After: %s with the date %s', async (value, date, moment) => {
  const address = serve('/busy', (_, response) => {
    response.sendDate = false
    if (date !== null) response.setHeader('date', date)
    response.writeHead(429, { 'retry-after': value }).end()
  })
  expect((await fetcher.get(address)).retryAfter?.toISOString()).toBe(moment)
})

describe('redirects', () => {
  const to =
    (location: string, status = 302): RequestListener =>
    (_, response) =>
      response.writeHead(status, { location }).end()

  test.each([301, 302, 303, 307, 308])('%i is followed, and the address is the last one', async (status) => {
    serve('/there', (_, response) => response.end('there'))
    const { url, body } = await fetcher.get(serve('/here', to('/there#x', status)))
    expect([url, await text(body)]).toEqual([`${origin}/there`, 'there'])
  })

  test('five are followed, a sixth is not', async () => {
    serve('/0', (_, response) => response.end('arrived'))
    for (let step = 1; step <= 6; step += 1) serve(`/${step}`, to(`/${step - 1}`))
    expect(await read(`${origin}/5`)).toBe('arrived')
    expect(await failureOf(read(`${origin}/6`))).toBe(
      'It redirects more than 5 times: give the address that it leads to.',
    )
  })

  test('another origin gets no header that may hold a secret, and neither does the way back', async () => {
    const other = http.createServer((request, response) => {
      received.push({ path: 'other', headers: request.headers })
      to(`${origin}/back`)(request, response)
    })
    await once(other.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void other.close())
    serve('/same', to('/away'))
    serve('/away', to(`http://localhost:${(other.address() as AddressInfo).port}/`))
    serve('/back', (_, response) => response.end('back'))
    const secrets = { authorization: 'Bearer 1', 'X-Api-Key': '2', cookie: 'a=3' }
    const others = { accept: 'text/xml', range: 'bytes=5-', 'if-range': '"e"', 'if-none-match': '"e"' }
    received.length = 0
    expect(await read(`${origin}/same`, { headers: { ...secrets, ...others } })).toBe('back')
    const lower = { authorization: 'Bearer 1', 'x-api-key': '2', cookie: 'a=3' }
    expect(received.map(({ path }) => path)).toEqual(['/same', '/away', 'other', '/back'])
    for (const { headers } of received) expect(headers).toMatchObject(others)
    for (const { headers } of received.slice(0, 2)) expect(headers).toMatchObject(lower)
    for (const { headers } of received.slice(2))
      expect(Object.keys(headers).filter((name) => name in lower)).toEqual([])
  })

  test.each([
    [
      'ftp://example.org/',
      'It redirects to ftp://example.org/, which is not an http or https address, and others are not fetched: give one of these.',
    ],
    [
      'file:///etc/passwd',
      'It redirects to file:///etc/passwd, which is not an http or https address, and others are not fetched: give one of these.',
    ],
    [
      'http://a:b@example.org/',
      'It redirects to http://a:b@example.org/, which has a user name or a password in it: remove them.',
    ],
    [
      'http://[',
      'It redirects to http://[, which is not an address: give one such as https://example.org/papers.jsonl.',
    ],
  ])('the address is checked again: %s', async (location, message) => {
    expect(await failureOf(read(serve('/bad', to(location))))).toBe(message)
  })

  test('the message about a long address is short', async () => {
    const address = serve('/longest', to(`ftp://${'x'.repeat(8_000)}`))
    expect((await failureOf(read(address))).length).toBeLessThan(400)
  })

  test('a redirect without an address is a result', async () => {
    const address = serve('/nowhere', (_, response) => response.writeHead(302).end())
    expect((await fetcher.get(address)).status).toBe(302)
  })
})

describe('addresses', () => {
  test.each([
    ['', 'is not an address: give one such as https://example.org/papers.jsonl.'],
    ['papers.jsonl', 'is not an address: give one such as https://example.org/papers.jsonl.'],
    ['ftp://example.org/a', 'is not an http or https address, and others are not fetched: give one of these.'],
    ['javascript:alert(1)', 'is not an http or https address, and others are not fetched: give one of these.'],
    ['https://ada:secret@example.org/', 'has a user name or a password in it: remove them.'],
    ['https://ada@example.org/', 'has a user name or a password in it: remove them.'],
  ])('%s', async (address, predicate) => {
    expect(await failureOf(fetcher.get(address))).toBe(`It ${predicate}`)
  })

  test.each([
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://0x7f.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://[::1]/', '::1'],
    ['http://[::ffff:10.0.0.1]/', '::ffff:a00:1'],
    ['http://169.254.169.254/latest/meta-data/', '169.254.169.254'],
    ['https://192.168.0.1/', '192.168.0.1'],
  ])('%s is in a private network', async (address, ip) => {
    expect(await failureOf(guarded.get(address))).toBe(
      `It is in a private network (${ip}): set ALLOW_PRIVATE_NETWORKS=true to fetch from there.`,
    )
  })

  test('a redirect into a private network is refused', async () => {
    serve('/public', (_, response) => response.writeHead(302, { location: 'http://10.0.0.1/admin' }).end())
    // No server here has a public address.
    const { request } = http
    const rerouted = vi
      .spyOn(http, 'request')
      .mockImplementation(((url: URL, options: object) => request(new URL(url.pathname, origin), options)) as never)
    onTestFinished(() => void rerouted.mockRestore())
    expect(await failureOf(guarded.get('http://1.1.1.1/public'))).toBe(
      'It redirects to http://10.0.0.1/admin, which is in a private network (10.0.0.1): set ALLOW_PRIVATE_NETWORKS=true to fetch from there.',
    )
    expect(rerouted).toHaveBeenCalledOnce()
  })

  test('a name that resolves to private addresses is refused', async () => {
    expect(await failureOf(guarded.get('http://localhost:1/'))).toMatch(
      /^It is in a private network \((127\.0\.0\.1|::1)\)/,
    )
  })

  test('a name that leads elsewhere when it is resolved again leads nowhere', async () => {
    const { port } = server.address() as AddressInfo
    let resolved = 0
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
      _: string,
      __: object,
      done: (...all: unknown[]) => void,
    ) => {
      resolved += 1
      done(null, [{ address: resolved === 1 ? '1.1.1.1' : '127.0.0.1', family: 4 }])
    }) as never)
    onTestFinished(() => void lookup.mockRestore())
    received.length = 0
    const hurried = createFetcher({ allowPrivateNetworks: false, userAgent: 'Test/1', timeouts: { connect: 50 } })
    expect(await failureOf(hurried.get(`http://papers.example:${port}/plain`))).toMatch(
      /^later: It (could|cannot|refuses)/,
    )
    expect(resolved).toBe(1)
    expect(received).toEqual([])
  })
})

describe('limits', () => {
  const MIB = 2 ** 20

  test('a body that is too long fails, before it is read if it says so', async () => {
    const text = 'x'.repeat(MIB + 1)
    const announced = serve('/long', (_, response) => response.end(text))
    const chunked = serve('/chunked', (_, response) => {
      response.write(text)
      response.end()
    })
    const message = 'It has more than 1 MiB, which is the limit: check that the address is right.'
    for (const address of [announced, chunked]) expect(await failureOf(read(address, { maxBytes: MIB }))).toBe(message)
    expect(await read(announced, { maxBytes: MIB + 1 })).toHaveLength(MIB + 1)
  })

  test('a small body that decompresses to a large one fails', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * MIB))
    expect(bomb.length).toBeLessThan(MIB)
    const address = serve('/bomb', (_, response) => response.setHeader('content-encoding', 'gzip').end(bomb))
    expect(await failureOf(read(address, { maxBytes: MIB }))).toMatch('has more than 1 MiB')
  })

  test('gzip that goes on without output fails', async () => {
    // Empty stored blocks.
    const start = gzipSync('').subarray(0, 10)
    const address = serve('/empty-blocks', (_, response) => {
      response.setHeader('content-encoding', 'gzip')
      response.write(start)
      response.end(Buffer.alloc(2 * MIB, Buffer.from([0, 0, 0, 0xff, 0xff])))
    })
    expect(await failureOf(read(address, { maxBytes: MIB }))).toMatch('has more than 1 MiB')
  })

  test('a server that does not respond', async () => {
    const address = serve('/silent', () => {})
    expect(await failureOf(hasty.get(address))).toBe('later: It did not respond within 0.2 s: try again later.')
  })

  test('a body that stalls', async () => {
    const address = serve('/stall', (_, response) => response.write('begun'))
    expect(await failureOf(read(address, {}, hasty))).toBe('later: It sent nothing for 0.2 s: try again later.')
  })

  test('a body that never ends, a byte at a time', async () => {
    const address = serve('/drip', (_, response) => {
      const timer = setInterval(() => response.write('.'), 20)
      response.on('close', () => clearInterval(timer))
    })
    expect(await failureOf(read(address, { timeout: 300 }))).toBe(
      'later: It was not complete after 0.3 s: try again later.',
    )
  })

  test('a slow reader is no pause of the server', async () => {
    const address = serve('/large', (_, response) => response.end(Buffer.alloc(4 * MIB)))
    const patient = createFetcher({ allowPrivateNetworks: true, userAgent: 'Test/1', timeouts: { idle: 500 } })
    let length = 0
    const { body } = await patient.get(address)
    for await (const chunk of body) {
      if (length === 0) await new Promise((resolve) => setTimeout(resolve, 700))
      length += chunk.length
    }
    expect(length).toBe(4 * MIB)
  })

  test('a name server that does not respond', async () => {
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation((() => {}) as never)
    onTestFinished(() => void lookup.mockRestore())
    const hurried = createFetcher({ allowPrivateNetworks: false, userAgent: 'Test/1', timeouts: { connect: 50 } })
    expect(await failureOf(hurried.get('http://papers.example/'))).toBe(
      'later: It could not be connected to within 0.05 s: try again later.',
    )
  })

  test('an abort ends the request and the body with its reason', async () => {
    const reason = new Error('stopped')
    await expect(
      fetcher.get(
        serve('/silent', () => {}),
        { signal: AbortSignal.abort(reason) },
      ),
    ).rejects.toBe(reason)
    const stop = new AbortController()
    const { body } = await fetcher.get(
      serve('/stall', (_, response) => response.write('begun')),
      { signal: stop.signal },
    )
    const reading = text(body)
    stop.abort(reason)
    await expect(reading).rejects.toBe(reason)
  })

  test('a reader that stops closes the connection', async () => {
    let closed: Promise<unknown> = Promise.resolve()
    const address = serve('/endless', (_, response) => {
      closed = once(response, 'close')
      response.write('begun')
    })
    const { body } = await fetcher.get(address)
    for await (const _ of body) break
    await closed
  })
})

describe('broken responses', () => {
  const CUT = 'later: It was cut off before its end: try again later.'

  test.each([
    ['before its length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', CUT],
    ['within its chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n', CUT],
    [
      'within its gzip',
      Buffer.concat([
        Buffer.from('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n'),
        gzipSync('abcdef').subarray(0, -6),
      ]),
      CUT,
    ],
    [
      'with damaged gzip',
      'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip at all',
      'later: It was sent as gzip that is damaged: try again later.',
    ],
    [
      'in another coding',
      'HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nabc',
      'It was sent in the coding br, but only gzip was requested: report it to the server.',
    ],
    ['with bad chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', CUT],
    [
      'not in HTTP',
      'SSH-2.0-OpenSSH_9.2\r\n',
      'It does not respond in HTTP: check that the address is right (HPE_INVALID_CONSTANT).',
    ],
    ['without a word', '', 'later: It closed the connection before it responded: try again later (ECONNRESET).'],
    [
      'with endless headers',
      `HTTP/1.1 200 OK\r\n${'X-A: b\r\n'.repeat(10_000)}\r\n`,
      'It sends longer headers than are read: check that the address is right (HPE_HEADER_OVERFLOW).',
    ],
  ])('%s', async (_, bytes, message) => {
    expect(await failureOf(raw(bytes).then((address) => read(address)))).toBe(message)
  })

  test('nothing listens', async () => {
    expect(await failureOf(read(`http://127.0.0.1:${await freePort()}/`))).toBe(
      'later: It refuses connections: check the port or try again later (ECONNREFUSED).',
    )
  })

  test.each([
    [
      'ENOTFOUND',
      'It has the host name papers.example, which does not exist: correct it or check the name server (ENOTFOUND).',
    ],
    [
      'EAI_AGAIN',
      'later: It has the host name papers.example, which cannot be resolved now: check the name server or try again later (EAI_AGAIN).',
    ],
  ])('the name server says %s', async (code, message) => {
    const lookup = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((_: string, __: object, done: (error: Error) => void) =>
        done(Object.assign(new Error(code), { code }))) as never)
    onTestFinished(() => void lookup.mockRestore())
    expect(await failureOf(guarded.get('http://papers.example/'))).toBe(message)
  })

  test('https to a server without TLS', async () => {
    expect(await failureOf(raw('HTTP/1.1 400 Bad Request\r\n\r\n', 'https').then((address) => read(address)))).toMatch(
      /^It does not speak TLS as https needs: check that the address is right \(\w+\)\.$/,
    )
  })
})

describe.skipIf(!existsSync('/usr/bin/openssl'))('https', () => {
  let secure: https.Server
  let address: string
  let directory: string
  let certificate: string
  beforeAll(async () => {
    directory = await temporaryDirectory('daily-papers-tls')
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const subject = ['-subj', '/CN=papers', '-addext', 'subjectAltName=IP:127.0.0.1']
    const files = ['-nodes', '-keyout', key, '-out', cert]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...files, ...subject],
      { stdio: 'ignore' },
    )
    certificate = readFileSync(cert, 'utf8')
    secure = https.createServer({ key: readFileSync(key), cert: certificate }, handle).listen(0, '127.0.0.1')
    await once(secure, 'listening')
    address = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`
  })
  afterAll(async () => {
    secure.closeAllConnections()
    secure.close()
    await rm(directory, { recursive: true })
  })

  test('a certificate that is not trusted', async () => {
    expect(await failureOf(read(`${address}/plain`))).toBe(
      'It has a certificate that is not trusted: correct it there, or name its authority in NODE_EXTRA_CA_CERTS (DEPTH_ZERO_SELF_SIGNED_CERT).',
    )
  })

  test('a redirect from http to https is followed, and from https to http is not', async () => {
    const trusted = tls.getCACertificates('default')
    tls.setDefaultCACertificates([certificate])
    onTestFinished(() => tls.setDefaultCACertificates(trusted))
    serve('/safe', (_, response) => response.end('safe'))
    const upgrade = serve('/upgrade', (_, response) => response.writeHead(301, { location: `${address}/safe` }).end())
    expect(await read(upgrade)).toBe('safe')
    serve('/downgrade', (_, response) => response.writeHead(301, { location: `${origin}/safe` }).end())
    expect(await failureOf(read(`${address}/downgrade`))).toBe(
      `It redirects from https to ${origin}/safe, which is not encrypted: give an address that stays on https.`,
    )
  })
})

test('the example of the README runs', async () => {
  const folder = new URL('../../src/fetching/', import.meta.url)
  const readme = await readFile(new URL('README.md', folder), 'utf8')
  const [, code = ''] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? []
  const address = serve('/list.json', (_, response) => response.setHeader('etag', '"40"').end('[1,2]'))
  const runnable = code
    .replaceAll("from './", `from '${folder.href}`)
    .replace('allowPrivateNetworks: false', 'allowPrivateNetworks: true')
    .replace('https://example.org/list.json', address)
  const directory = await directoryOf({ 'example.ts': runnable })
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => void log.mockRestore())
  await import(pathToFileURL(`${directory}/example.ts`).href)
  expect(log.mock.calls).toEqual([['"40"', [1, 2]]])
})
