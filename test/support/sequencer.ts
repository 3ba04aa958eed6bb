import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take more than 20 s, longest first. If one of them started last, it would run alone and leave a core idle. */
const LONGEST = [
  'lists/plans.test.ts',
  'programs/serve.test.ts',
  'programs/votes.test.ts',
  'docs.test.ts',
  'db/embedded.test.ts',
  'lists/as-of.test.ts',
  'browser/embed.test.ts',
  'clients/graphql-sse.test.ts',
  'http/routes/feeds.test.ts',
  'lists/papers.test.ts',
  'http/graphql/cache.test.ts',
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
