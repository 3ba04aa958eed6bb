import { type Part, type Signer, signToken } from '../support/identity-provider.ts'
import { damage } from './damage.ts'
import type { Random } from './random.ts'
import { oddText } from './texts.ts'

/** What tokens are signed with: the key of the provider, and claims that it would sign. */
export interface TokenMaker {
  signer: Signer
  claims(changes: object): object
}

const ODD_CLAIMS = [null, 0, -1, 1e300, 0.5, true, [], {}, ['x'], '', ' ']
const CLAIMS = ['iss', 'aud', 'sub', 'iat', 'exp', 'nbf', 'scope', 'name', 'picture', 'preferred_username', 'x']
const HEADERS = ['alg', 'kid', 'typ', 'crit', 'jwk', 'b64', 'x5u', 'zip']

/** A JWT that is signed by the provider, mostly with odd claims, or damaged. */
export function token({ signer, claims }: TokenMaker, random: Random): string {
  const oddly = (names: readonly string[]) =>
    random.chance(0.5)
      ? {}
      : { [random.pick(names)]: random.chance(0.6) ? random.pick(ODD_CLAIMS) : oddText(random).toWellFormed() }
  const part = (content: object): Part =>
    random.chance(0.1) ? damage(Buffer.from(JSON.stringify(content)), random) : content
  const signed = signToken(part({ ...signer.header, ...oddly(HEADERS) }), part(claims(oddly(CLAIMS))), signer)
  return random.chance(0.1)
    ? damage(Buffer.from(signed), random)
        .toString('latin1')
        .replace(/[^!-~]/g, 'x')
    : signed
}
