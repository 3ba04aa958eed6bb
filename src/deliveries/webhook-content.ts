import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { discordBody } from '../formats/webhooks/discord.ts'
import { feishuBody } from '../formats/webhooks/feishu.ts'
import type { MessagePaper, WebhookMessage } from '../formats/webhooks/message.ts'
import { slackBody } from '../formats/webhooks/slack.ts'
import { standardBody, standardData } from '../formats/webhooks/standard.ts'
import { editionOf } from '../values/editions.ts'
import type { RunQuery } from './digest-content.ts'
import type { ClaimedWebhook } from './webhook-outbox.ts'

/** How many authors a message names for each paper. */
const SHOWN_AUTHORS = 3
/** So many results are kept, in memory for a minute: the deliveries of one event follow each other. */
const KEPT_RESULTS = 200

/** Papers by their ids; those that are hidden or gone are null. */
const DOCUMENT = `
  query WebhookPapers($paperIds: [ID!]!) {
    nodes(ids: $paperIds) {
      ... on Paper {
        id arxivId title url summary publishedAt listedOn voteCount commentCount
        organization { name }
        authors(first: ${SHOWN_AUTHORS}) { totalCount nodes { name } }
        topics { slug }
      }
    }
  }
`

type Node = Omit<MessagePaper, 'organization' | 'authors' | 'authorCount' | 'topics'> & {
  organization: { name: string } | null
  authors: { totalCount: number; nodes: { name: string }[] }
  topics: { slug: string }[]
}

export interface WebhookContentParts {
  runQuery: RunQuery
  /** The `id` of a paper as clients know it. */
  idOf: (paperId: number) => string
}

/** The body of a message; null if none of its papers is shown any more. */
export type WriteWebhook = (delivery: ClaimedWebhook) => Promise<string | null>

/**
 * Writes the bodies of messages. What they show is read once for an event and a document, however many webhooks are told of it.
 *
 * @throws what a document of a user throws now, although it was right when it was stored
 */
export function webhookWriter({ runQuery, idOf }: WebhookContentParts): WriteWebhook {
  const results = new LRUCache<string, Promise<unknown>>({ max: KEPT_RESULTS, ttl: 60_000 })

  const once = <Result>(key: string, read: () => Promise<Result>): Promise<Result> => {
    let result = results.get(key) as Promise<Result> | undefined
    if (result === undefined) {
      result = read()
      results.set(key, result)
      // The next try reads again.
      result.catch(() => results.delete(key))
    }
    return result
  }

  const papersOf = ({ eventId, paperIds }: ClaimedWebhook) =>
    once(`${eventId}`, async () => {
      if (paperIds.length === 0) return []
      const { nodes } = await runQuery<{ nodes: (Node | null)[] }>(DOCUMENT, { paperIds: paperIds.map(idOf) })
      return nodes.flatMap((node) => (node === null ? [] : [paperOf(node)]))
    })

  const resultOf = (document: string, { eventId, paperIds, edition }: ClaimedWebhook) =>
    once(`${eventId} ${createHash('sha256').update(document).digest('base64')}`, () =>
      runQuery(document, {
        paperIds: paperIds.map(idOf),
        period: edition?.period ?? null,
        date: edition?.startsOn ?? null,
      }),
    )

  return async (delivery) => {
    const { event, form, document, listName, query, votes, foundAt } = delivery
    const papers = await papersOf(delivery)
    if (papers.length === 0 && event !== 'PING') return null
    if (form === 'STANDARD' && document !== null)
      return standardBody(event, foundAt, await resultOf(document, delivery))
    const message: WebhookMessage = {
      event,
      listName,
      papers,
      votes: event === 'VOTES_REACHED' ? votes : null,
      edition: delivery.edition && {
        ...editionOf(delivery.edition.period, delivery.edition.startsOn),
        paperCount: delivery.edition.paperCount,
      },
    }
    if (form === 'SLACK') return slackBody(message)
    if (form === 'DISCORD') return discordBody(message)
    if (form === 'FEISHU') return feishuBody(message)
    return standardBody(event, foundAt, standardData(message, { queryString: query }))
  }
}

const paperOf = ({ authors, organization, topics, ...paper }: Node): MessagePaper => ({
  ...paper,
  organization: organization?.name ?? null,
  authors: authors.nodes.map(({ name }) => name),
  authorCount: authors.totalCount,
  topics: topics.map(({ slug }) => slug),
})
