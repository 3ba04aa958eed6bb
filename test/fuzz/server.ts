import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { XMLValidator } from 'fast-xml-parser'
import type { TestServer } from '../support/server.ts'
import type { Known } from './addresses.ts'
import { exchange, type RawResponse } from './exchange.ts'
import { oddMessage } from './messages.ts'
import { rawRequest } from './raw-requests.ts'
import { type FuzzRequest, joinedRequest, oddRequest } from './requests.ts'
import type { Fuzzer } from './run.ts'
import type { TokenMaker } from './tokens.ts'

const KNOWN_QUERY = /* GraphQL */ `{
  papers(first: 20, orderBy: NEWEST) { nodes { id arxivId authors(first: 2) { nodes { id slug } } } pageInfo { startCursor endCursor } }
  topics(first: 5) { nodes { id slug } pageInfo { endCursor } }
  organizations(first: 3) { nodes { id slug } }
  editions(first: 3) { nodes { id date } }
}`

interface Named {
  id: string
  slug?: string
}

/** Reads from the server what requests can name. */
export async function knownOf(server: TestServer, tokenMaker: TokenMaker): Promise<Known> {
  const { data } = await server.ask(KNOWN_QUERY)
  const { papers, topics, organizations, editions } = data
  const named: Named[] = [
    ...papers.nodes.flatMap(({ authors }: { authors: { nodes: Named[] } }) => authors.nodes),
    ...topics.nodes,
    ...organizations.nodes,
  ]
  const arxivIds: string[] = papers.nodes.flatMap(({ arxivId }: { arxivId: string | null }) => arxivId ?? [])
  const [paper] = arxivIds as [string]
  const [{ date }] = editions.nodes as [{ date: string }]
  const page = encodeURIComponent(`${server.url}/papers/${paper}`)
  return {
    arxivIds,
    ids: [...papers.nodes, ...named, ...editions.nodes].map(({ id }: Named) => id),
    slugs: named.flatMap(({ slug }) => slug ?? []),
    cursors: [papers.pageInfo.startCursor, papers.pageInfo.endCursor, topics.pageInfo.endCursor],
    accessToken: await server.tokenOf('fuzz'),
    tokenMaker,
    addresses: [
      ...['/', `/papers/${paper}`, `/papers/${paper}.md`, `/editions/${date}`, '/robots.txt', '/favicon.ico'],
      ...[
        '/feeds/papers.rss',
        '/feeds/papers.atom?topics=agents&first=5',
        '/feeds/papers.json?query=sparse&orderBy=NEWEST',
      ],
      ...['/feeds/editions/day.rss', `/feeds/editions/day/${date}.json`, '/feeds/editions/month.atom'],
      ...[
        '/api/daily_papers',
        `/api/daily_papers?date=${date}&limit=5`,
        `/api/papers/${paper}`,
        '/api/papers/search?q=sparse',
      ],
      ...['/embed', '/embed?orderBy=MOST_VOTED&first=3', `/embed/papers/${paper}`, '/embed.js'],
      ...[`/oembed?url=${page}`, `/oembed?url=${page}&maxwidth=400`, '/healthz', '/readyz'],
      ...['/graphql?query=%7B__typename%7D', '/graphql?query=%7Bpapers(first%3A2)%7Bnodes%7Btitle%7D%7D%7D'],
    ],
  }
}

/** The fuzzers of a server. Each returns what is wrong with a response. */
export function serverFuzzers(
  server: TestServer,
  known: Known,
): Record<'requests' | 'rawRequests' | 'messages' | 'addresses', Fuzzer> {
  const host = new URL(server.url).host
  let failures = 0
  const newFailure = (): string | null => {
    const logged = server.logged.filter(({ level }) => Number(level) >= 50)
    const failure = logged[failures]
    failures = logged.length
    return failure ? `The server logged an error: ${JSON.stringify(failure)}` : null
  }
  const tried = async (request: FuzzRequest, faultOfMessage: (body: string) => string | null = () => null) => {
    const response = await exchange(server.url, request.bytes, request)
    const fault = faultOf(request, response) ?? (response && faultOfMessage(bodyOf(response))) ?? newFailure()
    return fault && describe(request, fault)
  }
  return {
    requests: (random) => tried(oddRequest(known, host, random)),
    rawRequests: (random) => tried(rawRequest(random)),
    messages: (random) => tried(oddMessage(known, host, random), faultOfMessage),
    addresses: async (random) => {
      const { request, sameAs } = joinedRequest(known, host, random)
      const fault =
        faultOf(request, await exchange(server.url, request.bytes, request)) ??
        (await faultOfJoin(server.url, request, sameAs))
      return fault && describe(request, fault)
    },
  }
}

const describe = ({ bytes }: FuzzRequest, fault: string): string =>
  `${fault}\n  the request: ${JSON.stringify(bytes.toString('latin1').slice(0, 1_500))}`

/** A joined address must have the same response as the plain one. */
async function faultOfJoin(url: string, request: FuzzRequest, sameAs: string): Promise<string | null> {
  let fault: string | null = null
  // Votes and imports of other cases change feeds between two requests.
  for (let tries = 0; tries < 3; tries += 1) {
    const joined = await exchange(url, request.bytes, request)
    const plain = await fetch(`${url}${sameAs}`)
    const text = await plain.text()
    if (joined === null || joined.status !== plain.status)
      fault = `It has status ${joined?.status}, and ${sameAs} has ${plain.status}.`
    else if (bodyOf(joined) !== text) fault = `It is not the same as ${sameAs}.`
    else return null
  }
  return fault
}

function faultOf({ isComplete }: FuzzRequest, response: RawResponse | null): string | null {
  if (response === null) return isComplete ? 'The connection was closed without a response.' : null
  const { status, headers } = response
  if (status >= 500 && !isExpected(response)) return `It has status ${status}: ${bodyOf(response)}`
  if (status === 405 && !headers.has('allow')) return 'It has status 405 and no Allow.'
  return faultOfBody(response)
}

/** What JSON-RPC says of a server that failed. The SDK says it also of wrong parameters, which it lists, and of streams that it refuses. */
const faultOfMessage = (body: string): string | null =>
  /"code":-32603(?!,"message":"(?:\[|Subscription limit reached))/.test(body)
    ? `The server of tools failed: ${body}`
    : null

/** A wait that is not over, a token whose key is not published yet, a form that oEmbed has no name for, a tunnel. */
const isExpected = (response: RawResponse): boolean =>
  response.status === 503
    ? response.headers.has('retry-after') || bodyOf(response).startsWith('The database does not reply')
    : response.status === 501 && /^$|"format"|not a proxy/.test(bodyOf(response))

const DECODERS: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  identity: (bytes) => bytes,
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}

function bodyOf({ headers, body }: RawResponse): string {
  const encoding = headers.get('content-encoding') ?? 'identity'
  const decode = DECODERS[encoding]
  if (decode === undefined) throw new Error(`There is no content coding ${encoding}.`)
  return new TextDecoder('utf-8', { fatal: true }).decode(decode(body))
}

function faultOfBody(response: RawResponse): string | null {
  if (response.body.length === 0) return null
  const type = response.headers.get('content-type') ?? ''
  if (!/^(text\/(?!event-stream)|application\/|image\/svg)/.test(type)) return null
  const body = bodyOf(response)
  if (/[/+]json\b/.test(type)) {
    const { errors } = JSON.parse(body) as { errors?: { extensions?: { code?: string } }[] }
    const failed = errors?.find(({ extensions }) => extensions?.code === 'INTERNAL_SERVER_ERROR')
    if (failed) return `GraphQL failed: ${JSON.stringify(failed)}`
  } else if (/[/+]xml\b/.test(type)) {
    const valid = XMLValidator.validate(body)
    if (valid !== true) return `It is not XML: ${valid.err.msg}`
  }
  return null
}
