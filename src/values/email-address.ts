import { domainToASCII } from 'node:url'

/** In characters, of RFC 5321. */
const LONGEST = 254

/** https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address, with a dot in the domain. */
const ADDRESS =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i

/** What a domain in other scripts may have: all else means something in an address of the web, as which it is read. */
const INTERNATIONAL = /^[\p{L}\p{M}\p{N}.-]+$/u

/**
 * A mail address as somebody typed it, without spaces around it; null for anything else. Its domain is in lower case, and in
 * ASCII: `ada@Bücher.example` is `ada@xn--bcher-kva.example`, which every mail server understands.
 */
export function emailAddressOf(text: string): string | null {
  const typed = text.trim()
  if (typed.length > LONGEST) return null
  const at = typed.lastIndexOf('@')
  const domain = typed.slice(at + 1)
  const address = `${typed.slice(0, at)}@${INTERNATIONAL.test(domain) ? domainToASCII(domain) : domain}`
  return address.length <= LONGEST && ADDRESS.test(address) ? address : null
}
