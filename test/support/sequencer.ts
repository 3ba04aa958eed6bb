import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take more than 10 s, longest first. If one of them started last, it would run alone and leave a core idle. */
const LONGEST = [
  'docs.test.ts',
  'db/embedded.test.ts',
  'programs/serve.test.ts',
  'clients/graphql-sse.test.ts',
  'http/routes/feeds.test.ts',
  'lists/plans.test.ts',
  'browser/embed.test.ts',
  'lists/papers.test.ts',
  'ingest/export/restore.test.ts',
  'ingest/program.test.ts',
  'lists/as-of.test.ts',
  'programs/killed-import.test.ts',
  'http/graphql/cache.test.ts',
  'live/events.test.ts',
  'programs/guards.test.ts',
  'programs/stop.test.ts',
  'browser/graphiql.test.ts',
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
