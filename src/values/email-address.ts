/** In characters, of RFC 5321. */
const LONGEST = 254

/** https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address, with a dot in the domain. */
const ADDRESS =
  /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i

/** A mail address as somebody typed it, without spaces around it and with its domain in lower case; null for anything else. */
export function emailAddressOf(text: string): string | null {
  const address = text.trim()
  if (address.length > LONGEST || !ADDRESS.test(address)) return null
  const at = address.lastIndexOf('@')
  return address.slice(0, at) + address.slice(at).toLowerCase()
}
