import { z } from 'zod'

/** A number of votes, comments or stars, up to the limit of an integer column. */
export const count = z.int().nonnegative().max(2_147_483_647)

/** The type of a value in words: `an array`, `a number`, `null`. */
export const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : articled(typeof value)

/** A value as JSON, shortened to 80 characters. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}

/** The first validation error of a record, as one sentence that names the field: `paper.id must be a string, …`. */
export function firstProblem(error: z.ZodError, record: unknown): string {
  const issue = error.issues[0] as z.core.$ZodIssue
  const field = issue.path.reduce<string>(
    (path, key) => (typeof key === 'number' ? `${path}[${key}]` : path === '' ? String(key) : `${path}.${String(key)}`),
    '',
  )
  const value = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)?.[key], record)
  const subject = field === '' ? 'The record' : field

  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(field === '' ? key : `${field}.${key}`))
    return `Unknown field${keys.length > 1 ? 's' : ''} ${keys.join(', ')}.`
  }
  if (value === undefined) return `${subject} is missing.`
  if (issue.code === 'invalid_type' && issue.expected === 'int')
    return `${subject} must be an integer, not ${quoted(value)}.`
  if (issue.code === 'invalid_type') return `${subject} must be ${articled(issue.expected)}, not ${kindOf(value)}.`
  if (issue.code === 'invalid_value') return `${subject} must be ${issue.values.join(' or ')}, not ${quoted(value)}.`
  if (issue.code === 'custom') return `${subject} ${issue.message}.`
  if (issue.code === 'too_small' && issue.origin === 'number')
    return `${subject} must not be negative: ${quoted(value)}.`
  if (issue.code === 'too_big' && issue.origin === 'number') return `${subject} is too large: ${quoted(value)}.`
  return `${subject} has an invalid value: ${quoted(value)}.`
}

const articled = (type: string): string => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`)
