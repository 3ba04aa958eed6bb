import { type EditionSpan, editionOf } from '../../values/editions.ts'
import { editionAddress, editionTitle } from '../edition-name.ts'
import { type Html, html } from './html.ts'

const WEEKDAYS = [
  ['Mon', 'Monday'],
  ['Tue', 'Tuesday'],
  ['Wed', 'Wednesday'],
  ['Thu', 'Thursday'],
  ['Fri', 'Friday'],
  ['Sat', 'Saturday'],
  ['Sun', 'Sunday'],
] as const

const DAY = 86_400_000

const spanOf = (day: string): EditionSpan => ({ period: 'DAY', startsOn: day, endsOn: day })

/**
 * A month as a calendar, whose days with papers are links.
 *
 * @param month a month, or any edition that begins in it
 * @param days those that have papers; others may be of other months
 * @param current what the page shows, if it is a day
 */
export function calendar(publicUrl: string, month: string, days: readonly string[], current: string | null): Html {
  const span = editionOf('MONTH', month)
  const listed = new Set(days)
  const first = Date.parse(span.startsOn)
  const weeks: Html[] = []
  const monday = Date.parse(editionOf('WEEK', span.startsOn).startsOn)
  for (let start = monday; start <= Date.parse(span.endsOn); start += 7 * DAY) {
    const cells = WEEKDAYS.map((_, place) => {
      const time = start + place * DAY
      const day = new Date(time).toISOString().slice(0, 10)
      if (time < first || day > span.endsOn) return html`<td></td>`
      const number = Number(day.slice(8))
      if (!listed.has(day)) return html`<td>${number}</td>`
      const isCurrent = day === current && html` aria-current="date"`
      return html`<td><a href="${editionAddress(publicUrl, spanOf(day))}" aria-label="${editionTitle(spanOf(day))}"${isCurrent}>${number}</a></td>`
    })
    weeks.push(html`<tr>${cells}</tr>\n`)
  }
  return html`<table class="calendar">
<caption><a href="${editionAddress(publicUrl, span)}">${editionTitle(span)}</a></caption>
<thead><tr>${WEEKDAYS.map(([short, long]) => html`<th scope="col"><abbr title="${long}">${short.slice(0, 2)}</abbr></th>`)}</tr></thead>
<tbody>
${weeks}</tbody>
</table>`
}
