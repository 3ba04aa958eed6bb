import { type Html, html } from './html.ts'
import { counted, dateOf } from './paper-card.ts'

const [WIDTH, HEIGHT] = [320, 64]
/** More points than this cannot be told apart. */
const MOST_POINTS = 80

export interface VotePoint {
  date: string
  voteCount: number
}

/**
 * The votes of a paper over its days, as a drawing with its words; false for a paper that got all its votes on one day. It ends
 * soon after the last change: most papers get their votes in a week and none for years.
 */
export function voteCurve(history: readonly VotePoint[]): Html | false {
  const start = history.findIndex(({ voteCount }) => voteCount > 0)
  const changed = history.findLastIndex(({ voteCount }, place) => voteCount !== history[place - 1]?.voteCount)
  if (start < 0 || changed <= start) return false
  // The day before the first votes, so that the curve begins at nothing.
  const from = Math.max(start - 1, 0)
  const days = history.slice(from, changed + 1 + Math.ceil((changed - from) / 4))
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return false
  const most = Math.max(...days.map(({ voteCount }) => voteCount))
  const step = Math.max(1, Math.ceil((days.length - 1) / MOST_POINTS))
  const points = days
    .map(({ voteCount }, place) => ({ place, voteCount }))
    .filter(({ place }) => place % step === 0 || place === days.length - 1)
    .map(({ place, voteCount }) => {
      const x = (place / (days.length - 1)) * WIDTH
      const y = HEIGHT - 2 - (voteCount / most) * (HEIGHT - 4)
      return `${x.toFixed(1)} ${y.toFixed(1)}`
    })
  return html`<figure class="curve">
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="Votes from ${first.date} to ${last.date}: ${last.voteCount} at the end, ${most} at most"><path class="area" d="M0 ${HEIGHT}L${points.join('L')}L${WIDTH} ${HEIGHT}z"/><path class="line" d="M${points.join('L')}"/></svg>
<figcaption><span>${dateOf(first.date)}</span><span>${counted(last.voteCount, 'vote')}, ${dateOf(last.date)}</span></figcaption>
</figure>`
}
