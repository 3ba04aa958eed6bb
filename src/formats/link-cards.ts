import type { EditionSpan } from '../values/editions.ts'
import { editionName } from '../values/editions.ts'
import type { LinkCard } from '../values/link-card.ts'
import { versionOf } from '../values/pictures.ts'
import { editionTitle } from './edition-name.ts'
import { withoutMath } from './html/math.ts'
import { authorNames, counted, dayName, numeral, type PaperCard, SHOWN_AUTHORS } from './html/paper-card.ts'

// What the pictures show that other sites put beside a link to a page here. Pages name them, and `/images/cards/…` draws them.

export const CARD_KINDS = ['papers', 'editions', 'topics'] as const
export type CardKind = (typeof CARD_KINDS)[number]

/** How many titles the card of a list names. */
export const CARD_TITLES = 3

/** The address changes with what the card shows, because sites keep the picture of an address. */
export const linkCardAddress = (publicUrl: string, kind: CardKind, name: string, card: LinkCard): string =>
  `${publicUrl}/images/cards/${kind}/${encodeURIComponent(name)}/${linkCardVersion(card)}.png`

export const linkCardVersion = (card: LinkCard): string => versionOf(JSON.stringify(card))

export function paperLinkCard(
  paper: Pick<PaperCard, 'arxivId' | 'title' | 'voteCount' | 'organization' | 'authors' | 'publishedAt' | 'listedOn'>,
): LinkCard {
  const { totalCount, nodes } = paper.authors
  return {
    kicker: paper.organization?.name ?? 'Paper',
    title: withoutMath(paper.title),
    instead: paper.arxivId === null ? 'A paper' : `arXiv:${paper.arxivId}`,
    lines: [authorNames({ totalCount, nodes: nodes.slice(0, SHOWN_AUTHORS) })],
    votes: numeral(paper.voteCount),
    facts: `${paper.voteCount === 1 ? 'vote' : 'votes'} · ${dayName(paper.listedOn ?? paper.publishedAt)}`,
  }
}

const titlesOf = (papers: readonly { title: string }[]): string[] =>
  papers.slice(0, CARD_TITLES).map(({ title }) => withoutMath(title))

const KICKERS: Record<EditionSpan['period'], string> = {
  DAY: 'Papers of the day',
  WEEK: 'Papers of the week',
  MONTH: 'Papers of the month',
}

export const editionLinkCard = (
  edition: EditionSpan & { papers: { totalCount: number; nodes: readonly { title: string }[] } },
): LinkCard => ({
  kicker: KICKERS[edition.period],
  title: editionTitle(edition),
  instead: editionName(edition),
  lines: titlesOf(edition.papers.nodes),
  votes: null,
  facts: `${counted(edition.papers.totalCount, 'paper')}, most votes first`,
})

export const topicLinkCard = (
  topic: { name: string; paperCount: number },
  papers: readonly { title: string }[],
): LinkCard => ({
  kicker: 'Topic',
  title: topic.name,
  instead: 'A topic',
  lines: titlesOf(papers),
  votes: null,
  facts: counted(topic.paperCount, 'paper'),
})
