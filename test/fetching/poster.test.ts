import { execFileSync } from 'node:child_process'
import dns from 'node:dns'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { addressProblem, createPoster } from '../../src/fetching/poster.ts'

const userAgent = 'DailyPapers/test'
const post = createPoster({ allowPrivateNetworks: false, userAgent })
const anywhere = createPoster({ allowPrivateNetworks: true, userAgent })
const impatient = createPoster({ allowPrivateNetworks: true, userAgent, timeout: 1_000 })
const message = { headers: { 'content-type': 'application/json' }, body: '{}' }

const PRIVATE = 'It leads into a private network: give an address on the public internet.'

let requests: number
let server: http.Server
let base: string
beforeAll(async () => {
  server = http.createServer(async (request, response) => {
    requests += 1
    const body = await text(request)
    if (request.url === '/echo')
      response.writeHead(201).end(`${request.method} ${request.headers['content-length']} ${body}`)
    else if (request.url === '/large') response.end('é'.repeat(100_000))
    else if (request.url === '/redirect') response.writeHead(302, { location: `${base}/echo` }).end()
    else if (request.url === '/busy') response.writeHead(503, { 'retry-after': '90' }).end()
    else if (request.url === '/drips') response.writeHead(200).write('some')
    else if (request.url === '/cut')
      response.writeHead(200, { 'content-length': '10' }).write('some', () => request.socket.destroy())
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  requests = 0
})
afterAll(async () => {
  server?.closeAllConnections()
  await new Promise((closed) => server?.close(closed))
})

/** Names lead to the addresses of each call, the last of them from then on. */
function resolving(...answers: string[]) {
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(((
    _name: string,
    _options: object,
    done: (error: null, found: object[]) => void,
  ) => {
    const address = answers.length > 1 ? answers.shift() : answers[0]
    done(null, [{ address, family: address?.includes(':') ? 6 : 4 }])
  }) as never)
  onTestFinished(() => void lookup.mockRestore())
  return lookup
}

test('posts, and reads the start of the response whatever its status', async () => {
  expect(await anywhere(`${base}/echo`, { ...message, body: '{"é":1}' })).toEqual({
    status: 201,
    retryAfter: null,
    text: 'POST 8 {"é":1}',
  })
  expect(Buffer.byteLength((await anywhere(`${base}/large`, message)).text)).toBe(4_096)
  const { status, retryAfter } = await anywhere(`${base}/busy`, message)
  expect([status, Math.round(((retryAfter as Date).getTime() - Date.now()) / 10_000)]).toEqual([503, 9])
  expect(await anywhere(`${base}/redirect`, message)).toMatchObject({ status: 302 })
})

test('a response whose body does not end is one all the same', async () => {
  expect(await impatient(`${base}/drips`, message)).toMatchObject({ status: 200 })
  expect(await anywhere(`${base}/cut`, message)).toMatchObject({ status: 200, text: 'some' })
})

test('gives up an address that does not respond, or that nobody listens at', async () => {
  await expect(impatient(`${base}/silent`, message)).rejects.toThrow('It was not complete after 1 s: try again later.')
  await expect(anywhere('http://127.0.0.1:9/', message)).rejects.toThrow('It refuses connections')
})

describe('refuses what is not on the public internet', () => {
  const addresses = [
    'https://127.0.0.1/',
    'https://10.0.0.1/hook',
    'https://[::1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[::ffff:127.0.0.1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0/',
  ]
  test.each(addresses)('%s', async (address) => {
    await expect(post(address, message)).rejects.toThrow(PRIVATE)
    expect(await addressProblem(address, false)).toBe(PRIVATE)
  })

  test.each(['127.0.0.1', '10.0.0.1', '::1', '169.254.169.254'])('a name that leads to %s', async (address) => {
    const lookup = resolving(address)
    await expect(post('https://hooks.example.org/', message)).rejects.toThrow(PRIVATE)
    expect(await addressProblem('https://hooks.example.org/', false)).toBe(PRIVATE)
    expect(lookup).toHaveBeenCalledTimes(2)
  })

  test('a name that leads elsewhere after it was checked', async () => {
    const { port } = server.address() as AddressInfo
    const lookup = resolving('93.184.215.14', '127.0.0.1')
    expect(await addressProblem(`https://hooks.example.org:${port}/`, false)).toBeNull()
    requests = 0
    await expect(post(`https://hooks.example.org:${port}/`, message)).rejects.toThrow(PRIVATE)
    // Once for the check and once for the connection, which goes to what was checked.
    expect(lookup).toHaveBeenCalledTimes(2)
    expect(requests).toBe(0)
  })

  test.each([
    ['http://hooks.example.org/', 'It is not an https address, and others are not posted to: give one.'],
    ['ftp://hooks.example.org/', 'It is not an http or https address, and others are not fetched: give one of these.'],
    ['https://user:secret@hooks.example.org/', 'It has a user name or a password in it: remove them.'],
    ['hooks.example.org', 'It is not an address: give one such as https://example.org/papers.jsonl.'],
  ])('%s', async (address, problem) => {
    await expect(post(address, message)).rejects.toThrow(problem)
    expect(await addressProblem(address, false)).toBe(problem)
  })
})

test('posts by TLS to a certificate that is trusted, and to no other', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'daily-papers-tls-'))
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  let secure: Server | undefined
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
      ],
      { stdio: 'ignore' },
    )
    secure = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_request, response) =>
      response.writeHead(204).end(),
    )
    await new Promise<void>((listening) => secure?.listen(0, '127.0.0.1', listening))
    const address = `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`
    await expect(anywhere(address, message)).rejects.toThrow('It has a certificate that is not trusted')
    const before = tls.getCACertificates('default')
    tls.setDefaultCACertificates([...before, readFileSync(cert, 'utf8')])
    onTestFinished(() => tls.setDefaultCACertificates(before))
    expect((await anywhere(address, message)).status).toBe(204)
  } finally {
    secure?.closeAllConnections()
    secure?.close()
    rmSync(directory, { recursive: true })
  }
})
