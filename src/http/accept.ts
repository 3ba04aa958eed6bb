import { LRUCache } from 'lru-cache'
import Negotiator from 'negotiator'

// Content negotiation (RFC 9110, section 12), quality values included. Clients send few different headers, so each result
// is cached: parsing a header costs more than the rest of a cached response.

const CACHED_HEADERS = 1_000
/** In characters: more of a header is not read. Those of browsers have a third of it. */
const LONGEST = 1_000

/** Chooses a value for a header of a request; null if the client accepts none of those available. */
export type Negotiate<Value extends string> = (header: string | undefined) => Value | null

/**
 * Chooses among media types by `Accept`. The first is the default of a client without preference.
 *
 * @param last of the types that a client names with the same quality, this one is chosen last, wherever it stands
 */
export function mediaTypeNegotiator<Type extends string>(
  available: readonly [Type, ...Type[]],
  last?: Type,
): Negotiate<Type> {
  const isLast = (range: string) => last !== undefined && range.trim().toLowerCase().startsWith(last)
  const choose = cachedByHeader((header) => {
    // Of equal qualities the negotiator takes the one that comes first in the header.
    const ranges = header.split(',').sort((one, other) => Number(isLast(one)) - Number(isLast(other)))
    const chosen = new Negotiator({ headers: { accept: ranges.join() } }).mediaType(available)
    return (chosen as Type | undefined) ?? null
  })
  return (accept) => (accept === undefined || accept === '*/*' ? available[0] : choose(accept))
}

/** The package has this option, its types do not. */
type WithPreferred = { encodings(available: readonly string[], options: { preferred: readonly string[] }): string[] }

/** Chooses among content codings by `Accept-Encoding`. Of those that a client likes equally well, the first is chosen. */
export function encodingNegotiator<Encoding extends string>(
  available: readonly Encoding[],
): Negotiate<Encoding | 'identity'> {
  const choose = cachedByHeader((header) => {
    const negotiator = new Negotiator({ headers: { 'accept-encoding': header } }) as unknown as WithPreferred
    const [chosen] = negotiator.encodings([...available, 'identity'], { preferred: available })
    return (chosen as Encoding | 'identity' | undefined) ?? null
  })
  return (header) => (header === undefined ? 'identity' : choose(header))
}

function cachedByHeader<Value extends string>(choose: (header: string) => Value | null) {
  const cache = new LRUCache<string, { value: Value | null }>({ max: CACHED_HEADERS })
  return (header: string): Value | null => {
    // Not cached: the part would keep the whole header in memory.
    if (header.length > LONGEST) return choose(header.slice(0, Math.max(0, header.lastIndexOf(',', LONGEST))))
    let entry = cache.get(header)
    if (entry === undefined) {
      entry = { value: choose(header) }
      cache.set(header, entry)
    }
    return entry.value
  }
}
