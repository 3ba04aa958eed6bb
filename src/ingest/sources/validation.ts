import { z } from 'zod'

/** A number of votes, comments or stars, up to the limit of an integer column. */
export const count = z.int().nonnegative().max(2_147_483_647)

/** No real paper has more authors: the longest list of arXiv has about 5,000. */
export const MOST_AUTHORS = 20_000

/** How many members any other list of a record may have. */
export const MOST_MEMBERS = 1_000

/** The text, if it is not too long. */
export function bounded(text: string, longest: number, field: string): string {
  if (text.length > longest) throw new Error(`${field} is longer than ${longest} characters.`)
  return text
}

/** The type of a value in words: `an array`, `a number`, `null`. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  // JSON has larger numbers than JavaScript, which reads them as infinite.
  if (isOutOfRange(value)) return 'a number out of range'
  return Array.isArray(value) ? 'an array' : articled(typeof value)
}

const isOutOfRange = (value: unknown): value is number => typeof value === 'number' && !Number.isFinite(value)

/** A value as JSON, shortened to 80 characters, or the kind of a value that is long or has no JSON. */
export function quoted(value: unknown): string {
  if (typeof value === 'object' || isOutOfRange(value)) return kindOf(value)
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, 100) : value) ?? String(value)
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
  if (issue.code === 'invalid_type' && issue.expected === 'number' && isOutOfRange(value))
    return value > 0 ? `${subject} is too large.` : `${subject} must not be negative.`
  if (issue.code === 'invalid_type' && issue.expected === 'int')
    return `${subject} must be an integer, not ${quoted(value)}.`
  if (issue.code === 'invalid_type') return `${subject} must be ${articled(issue.expected)}, not ${kindOf(value)}.`
  if (issue.code === 'invalid_value') return `${subject} must be ${issue.values.join(' or ')}, not ${quoted(value)}.`
  if (issue.code === 'custom') return `${subject} ${issue.message}.`
  if (issue.code === 'too_small' && isNumeric(issue.origin)) return `${subject} must not be negative: ${quoted(value)}.`
  if (issue.code === 'too_small' && issue.origin === 'array') return `${subject} is empty.`
  if (issue.code === 'too_big' && issue.origin === 'array') return `${subject} has more than ${issue.maximum} members.`
  if (issue.code === 'too_big' && isNumeric(issue.origin)) return `${subject} is too large: ${quoted(value)}.`
  return `${subject} has an invalid value: ${quoted(value)}.`
}

const articled = (type: string): string => (/^[aeio]/.test(type) ? `an ${type}` : `a ${type}`)

const isNumeric = (origin: string): boolean => origin === 'number' || origin === 'int'
