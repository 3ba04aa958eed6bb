import { isCalendarDay } from './editions.ts'

/** Moments and days in the forms that sources use. */

const MOMENT =
  /^(\d{4}-\d{2}-\d{2})[Tt]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(\.\d+)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const EARLIEST_YEAR = 1600

/** Whether the text is a `YYYY-MM-DD` day of the calendar, from 1600 to 9999. */
export const isDay = (text: string): boolean => isCalendarDay(text) && Number(text.slice(0, 4)) >= EARLIEST_YEAR

/** An RFC 3339 date and time converted to UTC with milliseconds, or null if the text is not one. */
export function momentOf(text: string): string | null {
  const [, day, time, fraction, zone] = MOMENT.exec(text) ?? []
  if (day === undefined || !isDay(day)) return null
  // Most are whole seconds of UTC, and a `Date` would take several times as long.
  if (fraction === undefined && zone?.length === 1) return `${day}T${time}.000Z`
  const moment = new Date(text.toUpperCase()).toISOString()
  // The offset can move the date out of the accepted years.
  return isDay(moment.slice(0, 10)) ? moment : null
}

const MAIL_MOMENT =
  /^(?:[a-z]{3}, ?)?(\d{1,2}) ([a-z]{3}) (\d{4}) (\d{2}:\d{2})(:\d{2})? (gmt|utc?|z|[+-]\d{4}|[ecmp][sd]t)$/i
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
/** Hours between UTC and the standard times of the United States, by the first letter of their names. */
const AMERICAN_ZONES: Record<string, number> = { e: 5, c: 6, m: 7, p: 8 }

/** A time of mail and RSS, such as `Mon, 2 Apr 2007 19:18:42 GMT`, in the form of `momentOf`; null if the text is not one. */
export function momentOfMail(text: string): string | null {
  const [, day, monthName, year, time, seconds = ':00', zone] = MAIL_MOMENT.exec(text.trim().replace(/\s+/g, ' ')) ?? []
  if (!day || !monthName || !zone) return null
  const month = MONTHS.indexOf(monthName.toLowerCase()) + 1
  return momentOf(
    `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}T${time}${seconds}${offsetOf(zone.toLowerCase())}`,
  )
}

function offsetOf(zone: string): string {
  if (/^[+-]/.test(zone)) return `${zone.slice(0, 3)}:${zone.slice(3)}`
  const hours = zone.length === 3 && zone.endsWith('t') ? AMERICAN_ZONES[zone.charAt(0)] : undefined
  return hours === undefined ? 'Z' : `-0${zone.charAt(1) === 'd' ? hours - 1 : hours}:00`
}

/** The first and the last instant of a day (UTC) in the form of `momentOf`. */
export const startOfDay = (day: string): string => `${day}T00:00:00.000Z`
export const endOfDay = (day: string): string => `${day}T23:59:59.999Z`

/** The earlier of two moments in the form of `momentOf`. Their texts sort like the moments. */
export const earlier = (a: string, b: string): string => (a < b ? a : b)
