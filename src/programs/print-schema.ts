import { writeFile } from 'node:fs/promises'
import { printSchema } from '../../schema/print.ts'
import { fail, helpIfRequested, refuseArguments } from './console.ts'

const USAGE = 'Usage: npm run schema   writes schema/schema.graphql, the contract that clients read'

try {
  helpIfRequested(USAGE)
  refuseArguments(USAGE)
  await writeFile(new URL('../../schema/schema.graphql', import.meta.url), printSchema())
} catch (error) {
  fail(error)
}
