import type { Random } from './random.ts'
import { oddText } from './texts.ts'
import type { TokenMaker } from './tokens.ts'

/** What addresses and operations can name. */
export interface Known {
  /** Addresses that exist, of every route. */
  addresses: readonly string[]
  ids: readonly string[]
  cursors: readonly string[]
  arxivIds: readonly string[]
  slugs: readonly string[]
  /** An access token of an ordinary user. */
  accessToken: string
  tokenMaker: TokenMaker
}

export const PARAMETERS = [
  ...['topics', 'allTopics', 'excludeTopics', 'organizations', 'authors', 'submitters', 'publishedFrom', 'listedTo'],
  ...[
    'minVotes',
    'minComments',
    'hasCode',
    'hasProjectPage',
    'hasModel',
    'hasDataset',
    'hasDemo',
    'changedSince',
    'query',
    'like',
    'unlike',
    'orderBy',
    'first',
    'after',
    'before',
    'cursor',
  ],
  ...[
    'date',
    'week',
    'month',
    'limit',
    'p',
    'page',
    'q',
    'sort',
    'submitter',
    'url',
    'format',
    'maxwidth',
    'maxheight',
  ],
  ...[
    'theme',
    'period',
    'edition',
    'callback',
    'extensions',
    'variables',
    'operationName',
    'topics[]',
    '_',
    'utm_source',
  ],
]

/** Part of an address, sometimes encoded as it should be and sometimes not. */
function encoded(text: string, random: Random): string {
  if (random.chance(0.7)) return encodeURIComponent(text.toWellFormed())
  if (random.chance(0.5)) return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')
  return random.pick(['%zz', '%', '%ff', '%c3%28', '%00', '%ed%a0%80', '%2e%2e', '%252f', text.replace(/[^!-~]/g, '')])
}

const wordOf = (known: Known, random: Random): string =>
  random.chance(0.4)
    ? oddText(random)
    : random.pick(
        [known.ids, known.cursors, known.arxivIds, known.slugs, ['2026-02-03', '1', '20', 'NEWEST', 'true', 'rss']].map(
          (list) => random.pick(list),
        ),
      )

/** An address as clients join them: the same as an existing one but for its slashes or its form. */
export function joinedAddress(address: string, host: string, random: Random): string {
  const [path = '', query] = address.split('?')
  const joined = random.pick([
    () => `/${path}`,
    () => `//${path}`,
    () => path.replace(/(?<=.)\//, '//'),
    () => path.replaceAll('/', '//'),
    () => (path.endsWith('/') ? path : `${path}/`),
    () => `http://${host}${path}`,
    () => `HTTP://${host.toUpperCase()}${path}`,
    () => `https://elsewhere.example:8443${path}`,
  ])()
  return query === undefined ? joined : `${joined}?${query}`
}

/** An address that may or may not exist. */
export function oddAddress(known: Known, random: Random): string {
  let [path = '', query = ''] = random.pick(known.addresses).split('?')
  const parts = path.split('/')
  const at = random.below(parts.length + 1)
  if (random.chance(0.5)) parts.splice(at, random.below(2), encoded(wordOf(known, random), random))
  path = parts.join('/')
  if (random.chance(0.2))
    path += random.pick(['/', '.rss', '.atom', '.json', '.md', '.xml', ';v=1', '/..', '/.', '%20', '.'])
  if (random.chance(0.1)) path = path.toUpperCase()
  const parameters = query === '' || random.chance(0.3) ? [] : query.split('&')
  for (let left = random.below(4); left > 0; left -= 1) {
    const name = random.chance(0.8) ? random.pick(PARAMETERS) : encoded(oddText(random), random)
    const value = random
      .times(1 + random.below(3), () => encoded(wordOf(known, random), random))
      .join(random.pick([',', '+', '%2C']))
    parameters.push(random.chance(0.9) ? `${name}=${value}` : name)
  }
  query = parameters.join(random.chance(0.95) ? '&' : random.pick(['&&', '&amp;', ';', '?']))
  const address = `${path.startsWith('/') ? path : `/${path}`}${query === '' ? '' : `?${query}`}`
  return random.chance(0.03) ? `${address}#${random.below(9)}` : address
}
