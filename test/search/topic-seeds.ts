import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { startDatabase } from '../../src/db/start.ts'
import { fail, helpIfRequested, say } from '../../src/programs/console.ts'
import { readSettings } from '../../src/settings.ts'
import { messageOf, OperatorError } from '../../src/values/errors.ts'
import { random } from '../support/random.ts'
import { startServer, type TestServer } from '../support/server.ts'

// `npm run topic-seeds` measures `like` on the topics of a catalogue:
//
//     DATA_DIR=.data/hf npm run import -- hf-daily …
//     DATA_DIR=.data/hf npm run topic-seeds
//
// Some papers of a topic are given: how many of the nearest papers have the topic? They are found by words only. Topics are
// the keywords of a source, which names them for few of the papers that are about them, so the share is a lower bound.

const USAGE = `Usage: npm run topic-seeds -- [--topics N] [--seeds N] [--answers N] [--seed N]
Gives N papers (default 5) of each of N topics (default 100) of the catalogue of DATA_DIR or DATABASE_URL, and counts how
many of the nearest N papers (default 20) have the topic.`

/** A smaller topic has too few other papers, and a larger one too many: chance would find them. */
const SIZES = { least: 20, mostShare: 0.1 }

interface Options {
  topics: number
  seeds: number
  answers: number
  seed: number
}

function readArguments(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        topics: { type: 'string', default: '100' },
        seeds: { type: 'string', default: '5' },
        answers: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
      },
    })
    const number = (name: keyof Options) => {
      if (!/^[1-9]\d*$/.test(values[name])) throw new Error(`--${name} must be a whole number from 1 on.`)
      return Number(values[name])
    }
    return { topics: number('topics'), seeds: number('seeds'), answers: number('answers'), seed: number('seed') }
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

interface TopicPapers {
  name: string
  arxivIds: string[]
}

async function topicsIn(db: Db): Promise<{ papers: number; topics: TopicPapers[] }> {
  const [row] = await db.execute<{ papers: number }>(
    sql`select count(*)::int as papers from papers where hidden_at is null`,
  )
  const papers = row?.papers ?? 0
  const topics = await db.execute<{ name: string; arxivIds: string[] }>(sql`
    select topics.name, array_agg(arxiv_id order by arxiv_id) as "arxivIds"
    from topics join paper_topics on topic_id = topics.id join papers on papers.id = paper_id
    where papers.hidden_at is null and arxiv_id is not null
    group by topics.id having count(*) between ${SIZES.least} and ${SIZES.mostShare} * ${papers}::float8 order by topics.id`)
  return { papers, topics: [...topics] }
}

function shuffled<T>(list: readonly T[], draw: () => number): T[] {
  const drawn = list.map((item) => ({ item, place: draw() }))
  return drawn.sort((a, b) => a.place - b.place).map(({ item }) => item)
}

const NEAREST = /* GraphQL */ `
  query ($like: [String!], $first: Int) {
    papers(filter: { like: $like }, orderBy: LIKENESS, first: $first) { nodes { arxivId } }
  }
`

async function nearest(server: TestServer, like: readonly string[], first: number): Promise<string[]> {
  const { data, errors } = await server.ask(NEAREST, { like, first })
  if (errors?.[0]) throw new Error(`${like}: ${errors[0].message}`)
  return data.papers.nodes.map(({ arxivId }: { arxivId: string }) => arxivId)
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

async function measure(options: Options): Promise<void> {
  const running = await startDatabase(readSettings(process.env), say, { use: 'reads', connections: 3 })
  const database = openDatabase(running.url, { connections: 3, statementTimeout: 0 })
  try {
    const { papers, topics } = await topicsIn(database.db)
    if (topics.length === 0)
      throw new OperatorError('No topic has enough papers. Import some, or set DATA_DIR to another directory.')
    const server = await startServer({ ...database, url: running.url })
    try {
      const draw = random(options.seed)
      const tried = shuffled(topics, draw).slice(0, options.topics)
      const outcomes: { name: string; hits: number; chance: number }[] = []
      for (const { name, arxivIds } of tried) {
        const order = shuffled(arxivIds, draw)
        const [seeds, others] = [order.slice(0, options.seeds), new Set(order.slice(options.seeds))]
        const found = await nearest(server, seeds, options.answers)
        const hits = found.filter((arxivId) => others.has(arxivId)).length
        outcomes.push({ name, hits, chance: (options.answers * others.size) / (papers - options.seeds) })
      }
      const sum = (value: (outcome: (typeof outcomes)[number]) => number) =>
        outcomes.reduce((total, outcome) => total + value(outcome), 0)
      const answers = options.answers * outcomes.length
      console.log(
        `${outcomes.length} topics of ${papers} papers: ${percent(sum(({ hits }) => hits) / answers)} of the ${options.answers} papers nearest to ${options.seeds} of a topic have it; by chance ${percent(sum(({ chance }) => chance) / answers)}`,
      )
      outcomes.sort((a, b) => b.hits - a.hits)
      for (const [which, some] of [
        ['Most', outcomes.slice(0, 5)],
        ['Fewest', outcomes.slice(-5)],
      ] as const)
        console.log(`${which}: ${some.map(({ name, hits }) => `${name} ${hits}`).join(', ')}`)
    } finally {
      await server.close()
    }
  } finally {
    await database.close()
    await running.stop()
  }
}

try {
  helpIfRequested(USAGE)
  await measure(readArguments(process.argv.slice(2)))
} catch (error) {
  fail(error)
}
