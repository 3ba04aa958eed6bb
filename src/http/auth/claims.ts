import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { ORDINARY_SCOPES, SCOPES, type Scope } from '../../values/scopes.ts'
import { nameOf, webAddress } from '../../values/text.ts'
import { type NewPerson, PROVIDER_KEY } from '../../writes/users.ts'
import { BadToken } from './refusals.ts'

/** OpenID Connect allows subjects of 255 characters. Postgres cannot index those of some thousand. */
const LONGEST_SUBJECT = 255
const LONGEST_PROFILE_NAME = 200
const LONGEST_HANDLE = 60

/**
 * The person whom the verified claims describe.
 *
 * @throws BadToken if the subject cannot be stored
 */
export function personOf(claims: JWTPayload, issuer: string): NewPerson {
  const sourceKey = `${PROVIDER_KEY}${issuer}#${subjectOf(claims.sub)}`
  const wanted = profileName(claims.preferred_username) ?? profileName(claims.nickname)
  return {
    sourceKey,
    handle: handleFrom(wanted) ?? `user-${createHash('sha256').update(sourceKey).digest('hex').slice(0, 8)}`,
    name: profileName(claims.name),
    avatarUrl: typeof claims.picture === 'string' ? webAddress(claims.picture) : null,
  }
}

/** Scopes of OpenID Connect. They say what a token reveals about a person, not what it allows here. */
const OPENID_SCOPES = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

/**
 * The scopes of a token, from its `scope` (RFC 8693) or `scp` claim, a string or a list. Without such a claim, or with
 * OpenID's own scopes only, it has the ordinary scopes; a claim with other scopes restricts it.
 */
export function scopesOf(claims: JWTPayload): readonly Scope[] {
  const claim: unknown = claims.scope ?? claims.scp ?? null
  if (claim === null) return ORDINARY_SCOPES
  const texts = (Array.isArray(claim) ? claim : [claim]).filter((text) => typeof text === 'string')
  const named = texts.flatMap((text) => text.split(' '))
  const isOpenIdOnly = named.length > 0 && named.every((scope) => OPENID_SCOPES.includes(scope))
  return isOpenIdOnly ? ORDINARY_SCOPES : SCOPES.filter((scope) => named.includes(scope))
}

/** The subject as text. Some providers write their numbers of users as JSON numbers. */
function subjectOf(sub: unknown): string {
  // A larger number is not exact in JavaScript: two people would have the same subject.
  const subject = Number.isSafeInteger(sub) ? String(sub) : sub
  if (typeof subject !== 'string') throw wrongSubject('must be text')
  if (subject.trim() === '') throw wrongSubject('must not be empty')
  if (subject.length > LONGEST_SUBJECT) throw wrongSubject(`must not have more than ${LONGEST_SUBJECT} characters`)
  if (/\p{Cc}/u.test(subject) || !subject.isWellFormed()) throw wrongSubject('has characters that cannot be stored')
  return subject
}

const wrongSubject = (fault: string) => new BadToken(`The token is refused: its claim "sub" ${fault}.`)

const profileName = (claim: unknown): string | null =>
  (typeof claim === 'string' && firstCharacters(nameOf(claim), LONGEST_PROFILE_NAME)) || null

/** A handle made of a name or mail address; null without a letter or digit. */
function handleFrom(name: string | null): string | null {
  const handle = firstCharacters(
    (name ?? '')
      .replace(/@.*$/, '')
      .replace(/[^\p{L}\p{N}._-]+/gu, '-')
      .replace(/^-+/, ''),
    LONGEST_HANDLE,
  ).replace(/-+$/, '')
  return /[\p{L}\p{N}]/u.test(handle) ? handle : null
}

/** Counts code points, so that no pair of surrogates is cut in half. */
const firstCharacters = (text: string, count: number): string => Array.from(text).slice(0, count).join('')
