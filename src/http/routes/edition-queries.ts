import { parse } from 'graphql'
import { editionOfDays } from '../../formats/list-title.ts'
import { type CurrentQuery, type PaperQuery, restrictListing } from '../../formats/query-string.ts'
import { type EditionSpan, editionDay, editionOf, hasBegun, type Period } from '../../values/editions.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'

/** An edition with those before and after it that have papers. */
export interface PlacedEdition extends EditionSpan {
  previous: EditionSpan | null
  next: EditionSpan | null
}

const PLACE = /* GraphQL */ `
  fragment Place on Edition {
    period startsOn endsOn
    previous { period startsOn endsOn }
    next { period startsOn endsOn }
  }`

const NEWEST = parse(/* GraphQL */ `
  query Newest($period: Period!, $to: Date!) {
    editions(period: $period, to: $to, first: 1) { nodes { ...Place } }
  } ${PLACE}`)

const NAMED = parse(/* GraphQL */ `
  query Named($period: Period!, $date: Date!) { edition(period: $period, date: $date) { ...Place } } ${PLACE}`)

/** Without a future edition, which only an import can create: it has no page yet. */
const withoutFuture = (parts: ServerParts, { next, ...edition }: PlacedEdition): PlacedEdition => ({
  ...edition,
  next: next !== null && hasBegun(next, parts.clock) ? next : null,
})

/** The newest edition that has papers and has begun; without any, that of today. */
export async function newestEdition(parts: ServerParts, period: Period): Promise<PlacedEdition> {
  const today = editionDay(parts.clock, parts.clock.now())
  const { editions } = await runOwnQuery<{ editions: { nodes: PlacedEdition[] } }>(parts, NEWEST, { period, to: today })
  const [found] = editions.nodes
  return found ? withoutFuture(parts, found) : { ...editionOf(period, today), previous: null, next: null }
}

/** A list as it is now, with the edition that it is. */
export interface CurrentList {
  query: PaperQuery
  /** Null for a list that is no edition, or only a part of one. */
  edition: PlacedEdition | null
}

/** Finds out which edition is the newest, if a list is restricted to it. Other lists need no statement for that. */
export async function currentList(parts: ServerParts, { newest, ...query }: CurrentQuery): Promise<CurrentList> {
  if (newest !== null) {
    const edition = await newestEdition(parts, newest)
    const filter = { ...query.filter }
    restrictListing(filter, { from: edition.startsOn, to: edition.endsOn })
    return { query: { ...query, filter }, edition }
  }
  const span = editionOfDays(query.filter)
  if (span === null) return { query, edition: null }
  const variables = { period: span.period, date: span.startsOn }
  const { edition } = await runOwnQuery<{ edition: PlacedEdition }>(parts, NAMED, variables)
  return { query, edition: withoutFuture(parts, edition) }
}

/** The same list in another edition. */
export function inEdition({ filter, ...query }: PaperQuery, { startsOn, endsOn }: EditionSpan): CurrentQuery {
  return { ...query, filter: { ...filter, listedFrom: startsOn, listedTo: endsOn }, newest: null }
}
