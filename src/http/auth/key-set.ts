import { type CryptoKey, createLocalJWKSet, errors, type JWK, type LocalJWKSet } from 'jose'
import { messageOf } from '../../values/errors.ts'

// Asymmetric signatures only: with a shared secret everyone who can verify a token can also sign one.
export const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  // RFC 9864 calls EdDSA with this curve Ed25519.
  ...['EdDSA', 'Ed25519'],
]

/** An algorithm of each key type or curve, to find out whether a key can be used. */
const TRIAL_ALGORITHMS = new Map([
  ['RSA', 'RS256'],
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
  ['Ed25519', 'EdDSA'],
])
/** In bits. */
const SHORTEST_RSA_KEY = 2_048

/** A key that signatures can be verified with. */
export interface ProviderKey {
  /** Null if the provider gives it no id. */
  kid: string | null
  /** A set of this key alone: it gives the key for each algorithm that the key may be used with. */
  set: LocalJWKSet
}

export interface UnusableKey {
  kid: unknown
  reason: string
}

export interface KeySet {
  keys: ProviderKey[]
  unusable: UnusableKey[]
}

/**
 * Reads a JSON Web Key Set (RFC 7517). A key that cannot be used does not cost the others: providers publish keys of many
 * kinds, some of them for other purposes.
 *
 * @throws Error if the text is no key set at all
 */
export async function readKeySet(text: string): Promise<KeySet> {
  const set: unknown = JSON.parse(text)
  const published = isObject(set) ? set.keys : undefined
  if (!Array.isArray(published)) throw new Error('The response is not a JSON Web Key Set: it has no list "keys".')
  const result: KeySet = { keys: [], unusable: [] }
  for (const jwk of published) {
    if (!isObject(jwk)) {
      result.unusable.push({ kid: null, reason: 'it is not an object' })
      continue
    }
    // A key for encryption is no fault of the provider.
    if (jwk.use === 'enc') continue
    const key = createKey(jwk)
    const reason = await whyUnusable(key, jwk)
    if (reason === null) result.keys.push(key)
    else result.unusable.push({ kid: jwk.kid, reason })
  }
  return result
}

/**
 * The keys that may have signed a token, each as one for the algorithm of the token. Ids only narrow the choice (RFC 7515,
 * 4.1.4): a token without one may be signed by any key, and a key without one may have signed any token.
 */
export async function fittingKeys(
  keys: readonly ProviderKey[],
  { alg, kid }: { alg: string; kid: string | null },
): Promise<CryptoKey[]> {
  const named = keys.filter((key) => kid === null || key.kid === null || key.kid === kid)
  const found = await Promise.all(named.map(({ set }) => set({ alg }).catch(() => null)))
  return found.filter((key) => key !== null)
}

/** The id of a key in a token or a key set. Providers without ids write none, null, an empty text or a number. */
export const keyId = (kid: unknown): string | null => (typeof kid === 'string' && kid !== '' ? kid : null)

function createKey(jwk: Record<string, unknown>): ProviderKey {
  const { alg, ...rest } = jwk
  const isEd25519 = jwk.crv === 'Ed25519' && (alg === 'EdDSA' || alg === 'Ed25519')
  // Without `alg`, jose takes the key for both names of the algorithm.
  return { kid: keyId(jwk.kid), set: createLocalJWKSet({ keys: [(isEd25519 ? rest : jwk) as JWK] }) }
}

async function whyUnusable({ set }: ProviderKey, jwk: Record<string, unknown>): Promise<string | null> {
  const type = typeof jwk.kty === 'string' ? jwk.kty : 'unknown'
  const kind = type !== 'RSA' && typeof jwk.crv === 'string' ? jwk.crv : type
  const alg = typeof jwk.alg === 'string' ? jwk.alg : TRIAL_ALGORITHMS.get(kind)
  if (alg === undefined) return `keys of the type ${kind} are not accepted`
  if (!ALGORITHMS.includes(alg)) return `the algorithm ${alg} is not accepted`
  try {
    const { algorithm } = await set({ alg })
    const { modulusLength } = algorithm as { modulusLength?: number }
    return modulusLength !== undefined && modulusLength < SHORTEST_RSA_KEY
      ? `it has ${modulusLength} bits, and fewer than ${SHORTEST_RSA_KEY} are not secure`
      : null
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return 'its "kty", "use" or "key_ops" do not fit its algorithm'
    return messageOf(error)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
