import { Readable } from 'node:stream'
import type { Db } from '../../src/db/client.ts'
import { runImport } from '../../src/ingest/import.ts'
import { HALF_LIFE_HOURS } from './catalogue.ts'

/** What would run, load or break out where a text is taken for markup. */
export const MARKUP = {
  title: `<img src=x onerror="window.hurt='title'"></title><script>window.hurt='script'</script> ]]> &lt;b&gt; "q' \`c\` [l](javascript:hurt) \\<i>`,
  author: `<img src=/hurt-author onerror=window.hurt='author'> "onmouseover=hurt`,
  topic: `<svg onload=window.hurt='topic'>`,
  organization: `</style><style>*{display:none}</style><iframe src=/hurt-organization>`,
  summary: `<b>not bold</b>\u202e ![p](http://127.0.0.1:9/hurt-summary.png)`,
  abstract: `# no heading <link rel=stylesheet href=/hurt-abstract> <script>window.hurt='abstract'</script>`,
}

export const HOSTILE_ID = '2601.99999'

/** Imports a paper whose every text is markup, with more votes than any other. */
export async function importHostilePaper(db: Db): Promise<void> {
  const entry = {
    v: 1,
    identifiers: { arxiv: HOSTILE_ID },
    title: MARKUP.title,
    summary: MARKUP.summary,
    abstract: MARKUP.abstract,
    publishedAt: '2026-01-20T10:00:00Z',
    listedAt: '2026-01-21T10:00:00Z',
    listedOn: '2026-01-21',
    submittedBy: { handle: 'mallory', name: MARKUP.author },
    organization: { slug: 'hostile', name: MARKUP.organization },
    authors: [MARKUP.author, 'عمر الخيام', 'Ada Abara', 'Bo Abara', 'Chidi Abara'],
    keywords: [MARKUP.topic],
    links: [{ kind: 'CODE', url: 'https://code.example/"><script>window.hurt=1</script>', title: MARKUP.title }],
    commentCount: 1,
    votes: { count: 9_999, countedAt: '2026-01-21T23:59:59.999Z', source: 'made-up' },
  }
  const problems: string[] = []
  const { created } = await runImport(db, {
    source: 'papers',
    inputs: ['-'],
    stdin: Readable.from([`${JSON.stringify(entry)}\n`]),
    now: new Date(),
    halfLifeHours: HALF_LIFE_HOURS,
    onProgress: () => {},
    onProblem: ({ reason }) => void problems.push(reason),
  })
  if (created !== 1) throw new Error(`The hostile paper was not imported: ${problems}`)
}
