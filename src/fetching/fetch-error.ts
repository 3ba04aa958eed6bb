/**
 * An address that cannot be fetched. The message is one sentence without the address that was requested, such as "It did
 * not respond within 60 s: try again later."
 */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  /** The requested address. */
  readonly url: string
  /** Whether the same request may succeed later, with nothing changed here. */
  readonly isTemporary: boolean

  constructor(url: string, message: string, isTemporary: boolean, cause?: unknown) {
    super(message, { cause })
    this.url = url
    this.isTemporary = isTemporary
  }
}

/** Makes the error of a hop from a predicate such as "did not respond: try again later". */
export type Fail = (predicate: string, isTemporary: boolean, cause?: unknown) => FetchError

/** The errors of an address, or of another that it redirects to. */
export function failing(address: string, redirectsTo?: string): Fail {
  const subject = redirectsTo === undefined ? 'It' : `It redirects to ${shortened(redirectsTo)}, which`
  return (predicate, isTemporary, cause) => new FetchError(address, `${subject} ${predicate}.`, isTemporary, cause)
}

/** A redirect can go to an address of any length. */
export const shortened = (address: string): string => (address.length > 200 ? `${address.slice(0, 200)}…` : address)

/** What the codes of Node's errors mean, and whether they are temporary. */
const MEANINGS: readonly [RegExp, (host: string) => string, boolean][] = [
  [
    /^ENOTFOUND$/,
    (host) => `has the host name ${host}, which does not exist: correct it or check the name server`,
    false,
  ],
  [
    /^EAI_/,
    (host) => `has the host name ${host}, which cannot be resolved now: check the name server or try again later`,
    true,
  ],
  [/^ECONNREFUSED$/, () => 'refuses connections: check the port or try again later', true],
  [
    /^(ECONNRESET|EPIPE|HPE_INVALID_EOF_STATE)$/,
    () => 'closed the connection before it responded: try again later',
    true,
  ],
  [/^(ETIMEDOUT|E[A-Z]+UNREACH|ENETDOWN)$/, () => 'cannot be reached: check the network or try again later', true],
  [/^HPE_HEADER_OVERFLOW$/, () => 'sends longer headers than are read: check that the address is right', false],
  [/^HPE_/, () => 'does not respond in HTTP: check that the address is right', false],
  [/^(ERR_SSL_|EPROTO$)/, () => 'does not speak TLS as https needs: check that the address is right', false],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS_/,
    () => 'has a certificate that is not trusted: correct it there, or name its authority in NODE_EXTRA_CA_CERTS',
    false,
  ],
]

/** The FetchError of what Node's client throws before a response has begun. */
export function explain(error: unknown, host: string, fail: Fail): FetchError {
  if (error instanceof FetchError) return error
  const { code = '', message } = error as NodeJS.ErrnoException
  const [, meaning, isTemporary = true] = MEANINGS.find(([pattern]) => pattern.test(code)) ?? []
  const detail = code || message
  return fail(meaning ? `${meaning(host)} (${detail})` : `cannot be fetched: ${detail}`, isTemporary, error)
}
