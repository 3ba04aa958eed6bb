// The target of a request (RFC 9112, section 3.2), in the form that routes and the cache know: path and query.

/** Slashes in a row, but not those of an address in a path: `/papers/https://doi.org/10.48550/arXiv.2509.25454`. */
const SLASHES = /(?<!:)\/{2,}/g
/** What clients of a proxy send: the whole address. Which host it names does not matter here, as `Host` does not. */
const AUTHORITY = /^https?:\/\/[^/?#]+/i

/**
 * The path and query of a request target as clients join it: a base address with a slash at its end gives
 * `//feeds/papers.rss`, and a client that takes this server for its proxy sends the whole address. Returns other targets
 * as they are: `*`, and addresses of another scheme.
 */
export function originForm(target: string): string {
  // Of nearly every request, also of those that are sent from the cache, so it parses nothing.
  if (target.startsWith('/') && !target.includes('//') && !target.includes('#')) return target
  const [, path = '', query = ''] = /^([^?#]*)(\?[^#]*)?/.exec(target.replace(AUTHORITY, '')) ?? []
  if (path === '') return AUTHORITY.test(target) ? `/${query}` : target
  return path.startsWith('/') ? path.replace(SLASHES, '/') + query : target
}

/** A path without doubled slashes and without one at its end, which clients append and no path here has. */
export const tidyPath = (path: string): string => path.replace(SLASHES, '/').replace(/(?<=.)\/$/, '')
