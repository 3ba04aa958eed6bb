const DAY = 86_400_000
/** In milliseconds: at this time of a day (UTC), every source that works has something of it. arXiv has it at 4:00. */
const NOON = DAY / 2

/** How many days from Monday to Friday lie between two days, both exclusive. */
export function weekdaysBetween(earlier: string, later: string): number {
  const [from, to] = [Date.parse(earlier) / DAY + 1, Date.parse(later) / DAY]
  if (to <= from) return 0
  const weeks = Math.floor((to - from) / 7)
  let weekdays = weeks * 5
  for (let day = from + weeks * 7; day < to; day += 1) if (isWeekday(day)) weekdays += 1
  return weekdays
}

/** The weekdays after `newestOn` of which a source has nothing although they are past noon. */
export const quietWeekdays = (newestOn: string, now: Date): number =>
  weekdaysBetween(newestOn, new Date(now.getTime() + NOON).toISOString().slice(0, 10))

/** @param day counted from 1970-01-01, which was a Thursday */
const isWeekday = (day: number): boolean => (day + 3) % 7 < 5
