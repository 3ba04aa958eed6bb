import { parse } from 'graphql'
import { SHOWN_AUTHORS } from '../../formats/html/paper-card.ts'
import {
  CARD_KINDS,
  CARD_TITLES,
  type CardKind,
  editionLinkCard,
  linkCardVersion,
  paperLinkCard,
  topicLinkCard,
} from '../../formats/link-cards.ts'
import { isText } from '../../formats/parameters.ts'
import { editionNamed, hasBegun } from '../../values/editions.ts'
import { BadUserInput } from '../../values/errors.ts'
import type { LinkCard } from '../../values/link-card.ts'
import { plainText } from '../cache/response.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'
import { type ImageRoute, KEPT_FOR_EVER, KEPT_SHORTLY } from './image-route.ts'
import { paperNamed } from './paper-queries.ts'
import { decodePath } from './route.ts'

/** What drawing a card costs a client, in points: it takes a tenth of a second of a processor. */
const DRAWING = 10

const PAPER = parse(/* GraphQL */ `
  query LinkCardOfPaper($by: PaperLookup!) {
    paper(by: $by) {
      arxivId title voteCount publishedAt listedOn
      organization { id name url avatarUrl }
      authors(first: ${SHOWN_AUTHORS}) { totalCount nodes { name url } }
    }
  }
`)

const EDITION = parse(/* GraphQL */ `
  query LinkCardOfEdition($period: Period!, $date: Date!) {
    edition(period: $period, date: $date) {
      period startsOn endsOn
      papers(first: ${CARD_TITLES}) { totalCount nodes { title } }
    }
  }
`)

const TOPIC = parse(/* GraphQL */ `
  query LinkCardOfTopic($name: String!) {
    topic(slug: $name) { name paperCount papers(first: ${CARD_TITLES}, orderBy: TRENDING) { nodes { title } } }
  }
`)

/** What the card of something shows; null if there is no such thing. @throws BadUserInput for a wrong name */
const CONTENTS: Record<CardKind, (parts: ServerParts, name: string) => Promise<LinkCard | null>> = {
  papers: async (parts, name) => {
    const paper = await paperNamed<Parameters<typeof paperLinkCard>[0]>(parts, PAPER, name)
    return paper && paperLinkCard(paper)
  },
  editions: async (parts, name) => {
    const span = editionNamed(name)
    if (span === null || !hasBegun(span, parts.clock)) return null
    const variables = { period: span.period, date: span.startsOn }
    const { edition } = await runOwnQuery<{ edition: Parameters<typeof editionLinkCard>[0] }>(parts, EDITION, variables)
    return edition.papers.totalCount === 0 ? null : editionLinkCard(edition)
  },
  topics: async (parts, name) => {
    const { topic } = await runOwnQuery<{
      topic: (Parameters<typeof topicLinkCard>[0] & { papers: { nodes: { title: string }[] } }) | null
    }>(parts, TOPIC, { name })
    return topic && topicLinkCard(topic, topic.papers.nodes)
  },
}

interface CardRequest {
  kind: CardKind
  name: string | null
  version: string
}

/** The picture that other sites put beside a link to a page here. */
const linkCard: ImageRoute<CardRequest> = {
  name: 'link-card',
  path: new RegExp(`^/images/cards/(${CARD_KINDS.join('|')})/([^/]{1,600})/([\\w-]{1,32})\\.png$`),
  isImage: true,
  parse: ({ match: [, kind, name, version] }) => ({
    kind: kind as CardKind,
    name: decodePath(name as string),
    version: version as string,
  }),
  show: async ({ kind, name, version }, parts, meter) => {
    await meter.charge(1)
    const card = name === null || !isText(name) ? null : await contentOf(parts, kind, name)
    if (card === null) return plainText('There is no such card here.', 404)
    let body = (await parts.images?.storedCard(card)) ?? null
    if (body === null) {
      await meter.charge(DRAWING)
      body = (await parts.images?.card(card)) ?? null
    }
    if (body === null) return plainText('No card can be drawn now.', 404)
    // The card of an earlier version is what it would be now: sites that ask again want that.
    return { contentType: 'image/png', body, headers: version === linkCardVersion(card) ? KEPT_FOR_EVER : KEPT_SHORTLY }
  },
  refuse: ({ status, message }) => plainText(message, status),
}

async function contentOf(parts: ServerParts, kind: CardKind, name: string): Promise<LinkCard | null> {
  try {
    return await CONTENTS[kind](parts, name)
  } catch (error) {
    // It cannot be the name of one.
    if (error instanceof BadUserInput) return null
    throw error
  }
}

export const LINK_CARD_ROUTES: readonly ImageRoute[] = [linkCard]
