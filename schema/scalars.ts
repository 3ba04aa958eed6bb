import { GraphQLError, type ValueNode, valueFromASTUntyped } from 'graphql'
import { rfc3339 } from '../src/db/instant.ts'
import { isCalendarDay } from '../src/values/editions.ts'
import { emailAddressOf } from '../src/values/email-address.ts'
import { momentOf } from '../src/values/time.ts'
import { builder } from './builder.ts'
import { shorten } from './global-id.ts'

const wrong = (value: unknown, wanted: string) =>
  new GraphQLError(`${wanted}; ${typeof value === 'string' ? `"${shorten(value)}"` : JSON.stringify(value)} is not.`)

/**
 * Parses a value in a document like one in the variables. Its errors also have a place: without it the client cannot tell
 * which argument is wrong.
 */
const literal = (parseValue: (value: unknown) => string) => (node: ValueNode) => {
  try {
    return parseValue(valueFromASTUntyped(node))
  } catch (error) {
    throw new GraphQLError((error as GraphQLError).message, { nodes: node })
  }
}

function parseDate(value: unknown): string {
  if (typeof value === 'string' && isCalendarDay(value)) return value
  throw wrong(value, 'A Date must be a calendar day such as "2026-02-17"')
}

function parseDateTime(value: unknown): string {
  const moment = typeof value === 'string' ? momentOf(value) : null
  if (moment !== null) return moment
  throw wrong(value, 'A DateTime must be a time with an offset, such as "2026-02-17T09:30:00Z"')
}

function parseUrl(value: unknown): string {
  if (typeof value === 'string' && value.length <= 2048 && URL.canParse(value)) return value
  throw wrong(
    value,
    'A URL must be an absolute address such as "https://arxiv.org/abs/2510.10490", with at most 2,048 characters',
  )
}

/** The address with its domain in lower case. The error does not repeat it, because errors can be logged. */
function parseEmailAddress(value: unknown): string {
  const address = typeof value === 'string' ? emailAddressOf(value) : null
  if (address !== null) return address
  throw new GraphQLError(
    'An EmailAddress must be an address such as "ada@example.org", with at most 254 characters; the value is not.',
  )
}

builder.scalarType('Date', {
  specifiedByURL: 'https://scalars.graphql.org/andimarek/local-date.html',
  description: 'A calendar day in ISO 8601 format, such as `2026-02-17`, from year 0001 to 9999.',
  serialize: (value) => value,
  parseValue: parseDate,
  parseLiteral: literal(parseDate),
})

builder.scalarType('DateTime', {
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  description:
    'A point in time in RFC 3339 format. Returned in UTC with milliseconds, such as `2026-02-17T09:30:00.000Z`. Accepted with any offset, from year 1600 to 9999.',
  // Postgres returns instants in its own text format, not in RFC 3339.
  serialize: (value) => rfc3339(value),
  parseValue: parseDateTime,
  parseLiteral: literal(parseDateTime),
})

builder.scalarType('EmailAddress', {
  specifiedByURL: 'https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address',
  description: 'An address for mail, such as `ada@example.org`, as HTML forms accept it; at most 254 characters.',
  serialize: (value) => value,
  parseValue: parseEmailAddress,
  parseLiteral: literal(parseEmailAddress),
})

builder.scalarType('URL', {
  specifiedByURL: 'https://scalars.graphql.org/chillicream/url.html',
  description:
    'An absolute URL (RFC 3986), such as `https://example.org/papers?page=2`. Accepted with at most 2,048 characters.',
  serialize: (value) => value,
  parseValue: parseUrl,
  parseLiteral: literal(parseUrl),
})
