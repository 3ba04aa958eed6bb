import type { IncomingHttpHeaders } from 'node:http'
import type { Recorded } from '../../support/replay.ts'

// Small recordings in the forms of the real sites, with the behaviour that a sync depends on.

/** A paper of a daily list as Hugging Face returns it. */
export const hfItem = (id: string, day: string, upvotes: number, title = `Paper ${id}`) => ({
  paper: {
    id,
    authors: [{ _id: `6a90c1f04b1d2e3f4a5b6c${id.slice(-2)}`, name: 'Ilse Marchetti', hidden: false }],
    publishedAt: `${day}T00:00:00.000Z`,
    submittedOnDailyAt: `${day}T00:00:00.000Z`,
    title,
    summary: 'We describe a routing rule.',
    upvotes,
  },
  publishedAt: `${day}T00:00:00.000Z`,
  title,
  numComments: 1,
})

/** Hugging Face: the papers of each day. The list without a date begins with the newest day. */
export class HuggingFace {
  days = new Map<string, ReturnType<typeof hfItem>[]>()

  answer(url: URL): Recorded {
    const day = url.searchParams.get('date')
    const limit = Number(url.searchParams.get('limit') ?? 50)
    const start = limit * Number(url.searchParams.get('p') ?? 0)
    const all =
      day === null
        ? [...this.days].sort(([a], [b]) => (a < b ? 1 : -1)).flatMap(([, items]) => items)
        : (this.days.get(day) ?? [])
    const hasNext = all.length > start + limit
    return {
      headers: {
        'content-type': 'application/json',
        ...(hasNext && { link: '<https://huggingface.co/next>; rel="next"' }),
      },
      body: JSON.stringify(all.slice(start, start + limit)),
    }
  }
}

interface OaiRecord {
  id: string
  stamp: string
  title?: string
  isDeleted?: boolean
}

const PAGE = 2

/** arXiv's OAI-PMH interface: sets with the date stamps of their records, in pages with tokens that can expire. */
export class ArxivOai {
  sets = new Map<string, OaiRecord[]>()
  /** Part of each token; another one makes the tokens of before useless. */
  generation = 1

  answer({ searchParams }: URL): Recorded {
    const token = searchParams.get('resumptionToken')
    const [set = '', from = '', start = '0', generation = this.generation] = token?.split('|') ?? [
      searchParams.get('set') ?? '',
      searchParams.get('from') ?? '',
    ]
    if (Number(generation) !== this.generation) return oai('<error code="badResumptionToken">It has expired.</error>')
    if (token === null && searchParams.get('metadataPrefix') !== 'arXivRaw')
      return oai('<error code="cannotDisseminateFormat"/>')
    const all = (this.sets.get(set) ?? []).filter(({ stamp }) => stamp >= from)
    if (all.length === 0) return oai('<error code="noRecordsMatch">Nothing.</error>')
    const end = Number(start) + PAGE
    const next = end < all.length ? `${set}|${from}|${end}|${this.generation}` : ''
    return oai(
      `<ListRecords>${all.slice(Number(start), end).map(oaiRecord).join('\n')}<resumptionToken>${next}</resumptionToken></ListRecords>`,
    )
  }
}

const oai = (content: string): Recorded => ({
  headers: { 'content-type': 'text/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-24T04:00:00Z</responseDate>
<request verb="ListRecords">http://oaipmh.arxiv.org/oai</request>${content}</OAI-PMH>
`,
})

const oaiRecord = ({ id, stamp, title = `Paper ${id}`, isDeleted = false }: OaiRecord): string =>
  `<record><header${isDeleted ? ' status="deleted"' : ''}><identifier>oai:arXiv.org:${id}</identifier><datestamp>${stamp}</datestamp></header>${
    isDeleted
      ? ''
      : `<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>${id}</id><version version="v1"><date>Mon, 9 Nov 2026 17:59:37 GMT</date><size>12kb</size></version><title>${title}</title><authors>Tomas Quine</authors><categories>cs.CL</categories><abstract>One.</abstract></arXivRaw></metadata>`
  }</record>`

/** A feed, with or without an ETag. */
export class LabFeed {
  entries: { id: string; day: string }[] = []
  hasEtag = false

  answer(_url: URL, headers: IncomingHttpHeaders): Recorded {
    const body = `<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Lab</title><link href="https://lab.example/"/><id>lab</id>${this.entries
      .map(
        ({ id, day }) =>
          `<entry><id>${id}</id><title>Entry ${id}</title><link href="https://lab.example/${id}"/><updated>${day}T09:00:00Z</updated><author><name>Ada Lin</name></author><summary>One.</summary></entry>`,
      )
      .join('')}</feed>`
    const etag = `"${this.entries.length}"`
    if (this.hasEtag && headers['if-none-match'] === etag) return { status: 304 }
    return { headers: { 'content-type': 'application/atom+xml', ...(this.hasEtag && { etag }) }, body }
  }
}
