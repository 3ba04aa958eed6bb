import { writeFile } from 'node:fs/promises'
import { printSchema } from '../../schema/print.ts'
import { refuseArguments } from './console.ts'
import { runProgram } from './run-program.ts'

const USAGE = 'Usage: npm run schema   writes schema/schema.graphql, the contract that clients read'

await runProgram({
  usage: USAGE,
  run: () => {
    refuseArguments(USAGE)
    return writeFile(new URL('../../schema/schema.graphql', import.meta.url), printSchema())
  },
})
