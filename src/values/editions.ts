/** The calendar of editions: which day a moment belongs to, which days a week or month has, when a list is final. */

export type Period = 'DAY' | 'WEEK' | 'MONTH'
export type EditionState = 'OPEN' | 'FINAL'

/** The periods, shortest first. */
export const PERIODS: readonly Period[] = ['DAY', 'WEEK', 'MONTH']

/** The next longer period; null for the longest. */
export const longerPeriod = (period: Period): Period | null => PERIODS[PERIODS.indexOf(period) + 1] ?? null

/** A day, ISO week or month. Dates are `YYYY-MM-DD`, inclusive. */
export interface EditionSpan {
  period: Period
  startsOn: string
  endsOn: string
}

/** When one edition day ends and the next begins: at `rollover` (`HH:MM`) of the zone, 00:00 being midnight. */
export interface EditionDays {
  timeZone: string
  rollover: string
}

export interface EditionClock extends EditionDays {
  now(): Date
  /** Hours from the end of an edition until it is FINAL; 0 if absent. */
  settleHours?: number
}

const DAY = 86_400_000
const utc = (date: string): number => Date.parse(`${date}T00:00:00Z`)
const dateOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

/** The last day that has a date of this form; what would end later ends then. */
const LAST_DAY = utc('9999-12-31')

/** Whether a text is a day, `YYYY-MM-DD`, of the years 0001 to 9999. */
export function isCalendarDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith('0000')) return false
  const [month, day] = [Number(text.slice(5, 7)), Number(text.slice(8))]
  // Most days end here. Date.parse takes 2026-02-30 for the 2nd of March.
  if (month >= 1 && month <= 12 && day >= 1 && day <= 28) return true
  const time = utc(text)
  return !Number.isNaN(time) && dateOf(time) === text
}

/** The day after a date. */
export const dayAfter = (date: string): string => dateOf(utc(date) + DAY)

/** The edition of a period that a day falls in. Weeks are ISO 8601 weeks, Monday to Sunday. */
export function editionOf(period: Period, date: string): EditionSpan {
  const day = utc(date)
  if (period === 'DAY') return { period, startsOn: date, endsOn: date }
  if (period === 'WEEK') {
    const monday = day - ((new Date(day).getUTCDay() + 6) % 7) * DAY
    return { period, startsOn: dateOf(monday), endsOn: dateOf(Math.min(monday + 6 * DAY, LAST_DAY)) }
  }
  const [year, month] = [new Date(day).getUTCFullYear(), new Date(day).getUTCMonth()]
  const first = new Date(0)
  // Not Date.UTC, which takes the years 0 to 99 for 1900 to 1999.
  first.setUTCFullYear(year, month, 1)
  const last = new Date(0)
  last.setUTCFullYear(year, month + 1, 0)
  return { period, startsOn: dateOf(first.getTime()), endsOn: dateOf(last.getTime()) }
}

/** The edition of an ISO week, such as `2026-W08`, or null where the text is none. */
function weekOf(text: string): EditionSpan | null {
  const [, year, week] = /^(\d{4})-W(\d\d)$/i.exec(text) ?? []
  // The 4th of January is always in the first week, and a week is of the year that its Thursday is in.
  if (year === undefined || week === '00' || !isCalendarDay(`${year}-01-04`)) return null
  const monday = utc(editionOf('WEEK', `${year}-01-04`).startsOn) + 7 * (Number(week) - 1) * DAY
  const thursday = new Date(monday + 3 * DAY)
  return thursday.getUTCFullYear() === Number(year) ? editionOf('WEEK', dateOf(monday)) : null
}

/** The edition of a month, such as `2026-02`, or null where the text is none. */
function monthOf(text: string): EditionSpan | null {
  return /^\d{4}-\d\d$/.test(text) && isCalendarDay(`${text}-01`) ? editionOf('MONTH', `${text}-01`) : null
}

/** The edition of a period by any of its days; a week also as `2026-W08`, a month as `2026-02`. Null for another text. */
export function editionIn(period: Period, text: string): EditionSpan | null {
  if (isCalendarDay(text)) return editionOf(period, text)
  if (period === 'WEEK') return weekOf(text)
  return period === 'MONTH' ? monthOf(text) : null
}

/** What `editionNamed` reads, for error messages. */
export const EDITION_NAME_FORMS =
  'a day, such as 2026-02-17, a week, such as 2026-W08 or week/2026-02-16, or a month, such as 2026-02 or month/2026-02-01'

/**
 * The edition that a name stands for, in addresses and parameters: `day/`, `week/` or `month/` and what `editionIn` reads.
 * The period can be left out before `2026-02-17` (a day), `2026-W08` and `2026-02`. Null for another text.
 */
export function editionNamed(name: string): EditionSpan | null {
  const [, period, text = name] = /^(day|week|month)\/(.*)$/.exec(name) ?? []
  if (period !== undefined) return editionIn(period.toUpperCase() as Period, text)
  return editionIn('DAY', text) ?? weekOf(text) ?? monthOf(text)
}

/** What `newestNamed` reads, for error messages. */
export const NEWEST_NAME_FORMS = 'day, week or month for the newest'

/** The period whose newest edition a name stands for: `day`, `day/latest` and so on. Null for another text. */
export function newestNamed(name: string): Period | null {
  const [, period] = /^(day|week|month)(?:\/latest)?$/.exec(name) ?? []
  return period === undefined ? null : (period.toUpperCase() as Period)
}

/** The one name of an edition that this server writes: `2026-02-17`, `week/2026-02-16`, `month/2026-02-01`. */
export const editionName = ({ period, startsOn }: EditionSpan): string =>
  period === 'DAY' ? startsOn : `${period.toLowerCase()}/${startsOn}`

/**
 * The edition day that a submission joins at a moment. With the rollover at 21:30 a paper sent in at 21:30 joins the
 * next day's list, at 21:29 still today's; with 00:00 it is the calendar day of the zone.
 *
 * Where clocks are put back, a day that has rolled over stays so when they show the hour before once more.
 */
export function editionDay({ timeZone, rollover }: EditionDays, moment: Date): string {
  const [hours, minutes] = rollover.split(':').map(Number) as [number, number]
  const untilMidnight = rollover === '00:00' ? 0 : DAY - (hours * 60 + minutes) * MINUTE
  const time = moment.getTime()
  const shown = wallClock(timeZone, time)
  let latest = shown
  if (shown - wallClock(timeZone, time - LONGEST_REPEAT) < LONGEST_REPEAT)
    for (let before = MINUTE; before < LONGEST_REPEAT; before += MINUTE)
      latest = Math.max(latest, wallClock(timeZone, time - before))
  return dateOf(latest + untilMidnight)
}

const MINUTE = 60_000
const HOUR = 3_600_000
/** Clocks that are set back repeat less than this. */
const LONGEST_REPEAT = 180 * MINUTE

const formats = new Map<string, Intl.DateTimeFormat>()

/** What the clocks of a zone show, in minutes and as if it were UTC. */
function wallClock(timeZone: string, time: number): number {
  let format = formats.get(timeZone)
  if (!format) {
    const digits = '2-digit'
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: digits,
      day: digits,
      hour: digits,
      minute: digits,
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]))
  return Date.parse(`${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}Z`)
}

/** The moment after `from` at which the next edition day begins. */
export function nextRollover(clock: EditionDays, from: Date): Date {
  const today = editionDay(clock, from)
  // A day has 25 hours at the most; where in them it ends is found by halving, down to the millisecond.
  let [before, after] = [from.getTime(), from.getTime() + 26 * 3_600_000]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (editionDay(clock, new Date(middle)) === today) before = middle
    else after = middle
  }
  return new Date(after)
}

/** The moment at which an edition day begins: the first at which a submission joins it. */
export function dayOpensAt(clock: EditionDays, day: string): Date {
  // Clocks are less than a day from UTC, and a day begins less than one before its date; where, is found by halving.
  let [before, after] = [utc(day) - 2 * DAY, utc(day) + DAY]
  while (after - before > MINUTE) {
    const middle = before + Math.floor((after - before) / 2 / MINUTE) * MINUTE
    if (editionDay(clock, new Date(middle)) >= day) after = middle
    else before = middle
  }
  return new Date(after)
}

/** OPEN while papers can still join, FINAL from `settleHours` after the end of its last day. */
export const editionState = (edition: EditionSpan, clock: EditionClock): EditionState =>
  editionDay(clock, settled(clock)) > edition.endsOn ? 'FINAL' : 'OPEN'

/** What was past at this moment is FINAL now. */
const settled = ({ now, settleHours = 0 }: EditionClock): Date => new Date(now().getTime() - settleHours * HOUR)

/** The next moment at which an edition begins or becomes FINAL. */
export function nextEditionChange(clock: EditionClock): Date {
  const { settleHours = 0 } = clock
  const begins = nextRollover(clock, clock.now()).getTime()
  return new Date(Math.min(begins, nextRollover(clock, settled(clock)).getTime() + settleHours * HOUR))
}

/** Whether the first day of an edition has begun. */
export const hasBegun = (edition: EditionSpan, clock: EditionClock): boolean =>
  edition.startsOn <= editionDay(clock, clock.now())
