import { isCalendarDay } from './editions.ts'

/** Moments and days in the forms that sources use. */

const MOMENT = /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const EARLIEST_YEAR = 1600

/** Whether the text is a `YYYY-MM-DD` day of the calendar, from 1600 to 9999. */
export const isDay = (text: string): boolean => isCalendarDay(text) && Number(text.slice(0, 4)) >= EARLIEST_YEAR

/** An RFC 3339 date and time converted to UTC with milliseconds, or null if the text is not one. */
export function momentOf(text: string): string | null {
  const parts = MOMENT.exec(text)
  if (!parts || !isDay(parts[1] as string)) return null
  const moment = new Date(text.toUpperCase()).toISOString()
  // The offset can move the date out of the accepted years.
  return isDay(moment.slice(0, 10)) ? moment : null
}

/** The first and the last instant of a day (UTC) in the form of `momentOf`. */
export const startOfDay = (day: string): string => `${day}T00:00:00.000Z`
export const endOfDay = (day: string): string => `${day}T23:59:59.999Z`

/** The earlier of two moments in the form of `momentOf`. Their texts sort like the moments. */
export const earlier = (a: string, b: string): string => (a < b ? a : b)
