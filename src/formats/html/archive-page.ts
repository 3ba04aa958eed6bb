import { type EditionSpan, editionOf } from '../../values/editions.ts'
import { editionAddress } from '../edition-name.ts'
import { calendar } from './calendar.ts'
import { renderSitePage } from './document.ts'
import { html } from './html.ts'
import { counted } from './paper-card.ts'

export interface ArchivePage {
  /** The months that have papers, newest first. */
  months: readonly (EditionSpan & { paperCount: number })[]
  /** The days of the newest months that have papers. */
  days: readonly string[]
}

const MONTH = new Intl.DateTimeFormat('en-GB', { month: 'long', timeZone: 'UTC' })

/** All editions: calendars of the newest months, then the months of each year. */
export function renderArchivePage(publicUrl: string, { months, days }: ArchivePage): string {
  const years = Map.groupBy(months, ({ startsOn }) => startsOn.slice(0, 4))
  const recent = [...new Set(days.map((day) => editionOf('MONTH', day).startsOn))]
  return renderSitePage(
    publicUrl,
    {
      title: 'All editions · Daily Papers',
      description: 'Every daily list of papers, by month.',
      canonical: `${publicUrl}/editions`,
    },
    html`<h1>All editions</h1>
<p class="lead">A list of papers for each day, week and month. ${['day', 'week', 'month'].map((period, place) => html`${place > 0 && ' · '}<a href="${publicUrl}/editions/${period}">The newest ${period}</a>`)}</p>
${
  months.length === 0
    ? html`<p class="none">The catalogue is empty still.</p>`
    : html`<div class="calendars">${recent.map((month) => calendar(publicUrl, month, days, null))}</div>
${[...years].map(
  ([year, inYear]) => html`<section>
<h2>${year}</h2>
<ul class="directory" role="list">${inYear.map(
    (month) =>
      html`<li><a href="${editionAddress(publicUrl, month)}">${MONTH.format(new Date(month.startsOn))}</a> <span class="count">${counted(month.paperCount, 'paper')}</span></li>\n`,
  )}</ul>
</section>`,
)}`
}`,
  )
}
