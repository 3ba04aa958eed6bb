import { type EditionSpan, editionName } from '../values/editions.ts'

const dateFormat = (options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat('en-GB', { ...options, timeZone: 'UTC' })
const DAY = dateFormat({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
const SPAN = dateFormat({ day: 'numeric', month: 'long', year: 'numeric' })
const MONTH = dateFormat({ month: 'long', year: 'numeric' })

/** The title of an edition: `Tuesday 17 February 2026`, `16–22 February 2026`, `February 2026`. */
export function editionTitle({ period, startsOn, endsOn }: EditionSpan): string {
  const [from, to] = [new Date(startsOn), new Date(endsOn)]
  if (period === 'DAY') return DAY.format(from)
  // Intl puts thin spaces around the dash.
  return period === 'WEEK' ? SPAN.formatRange(from, to).replace(/\s/g, ' ') : MONTH.format(from)
}

/** The address of an edition's page. */
export const editionAddress = (publicUrl: string, edition: EditionSpan): string =>
  `${publicUrl}/editions/${editionName(edition)}`
