import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take more than 14 s, longest first. If one of them started last, it would run alone and leave a core idle. */
const LONGEST = [
  'programs/serve.test.ts',
  'programs/containers.test.ts',
  'docs.test.ts',
  'db/embedded.test.ts',
  'hostile/hostile.test.ts',
  'browser/embed.test.ts',
  'clients/graphql-sse.test.ts',
  'programs/sync.test.ts',
  'programs/majors.test.ts',
  'ingest/export/restore.test.ts',
  'search/index/index.test.ts',
  'http/routes/feeds.test.ts',
  'programs/digests.test.ts',
  'programs/guards.test.ts',
  'http/openapi/requests.test.ts',
  'http/cache/concurrency-limit.test.ts',
  'http/error-codes.test.ts',
  'browser/digest.test.ts',
  'programs/webhooks.test.ts',
  'programs/nginx.test.ts',
  'lists/as-of.test.ts',
  'schema/hiding.test.ts',
  'schema/search.test.ts',
  'http/graphql/cache.test.ts',
  'programs/killed-import.test.ts',
  'lists/papers.test.ts',
  'db/pgbouncer.test.ts',
  'live/events.test.ts',
  'browser/graphiql.test.ts',
  'programs/stop.test.ts',
  'ingest/program.test.ts',
  'http/routes/pages.test.ts',
  'http/graphql/limits.test.ts',
  'programs/votes.test.ts',
  'generate/arxiv-kaggle.test.ts',
  'deliveries/webhooks.test.ts',
]

/** Runs the longest files first, and the others in the order of Vitest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification) => {
      const found = LONGEST.indexOf(relative(project.config.root, moduleId))
      return found === -1 ? LONGEST.length : found
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}
