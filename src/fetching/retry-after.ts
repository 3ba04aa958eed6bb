/** In milliseconds. No server means a longer time, and a moment beyond the range of dates would be invalid. */
const LONGEST = 365 * 86_400_000

/**
 * The moment until which a response asks to wait: `Retry-After` in seconds or as a date; null if it has none that can be
 * read. A date is compared with the response's own `Date`, so that a wrong clock here or there does not matter.
 */
export function retryMoment(headers: Headers, now: Date): Date | null {
  const value = headers.get('retry-after') ?? ''
  const wait = /^\d+(\.\d+)?$/.test(value)
    ? Number(value) * 1_000
    : parseDate(value) - (parseDate(headers.get('date') ?? '') || now.getTime())
  return Number.isNaN(wait) ? null : new Date(now.getTime() + Math.min(Math.max(wait, 0), LONGEST))
}

/** NaN for anything but a date of HTTP. `Date.parse` alone accepts `3.5`. */
const parseDate = (value: string): number => (/^\w+,? .+ GMT$/.test(value) ? Date.parse(value) : Number.NaN)
