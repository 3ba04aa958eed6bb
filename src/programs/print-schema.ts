import { writeFile } from 'node:fs/promises'
import { printSchema } from '../../schema/print.ts'
import { helpIfRequested } from './console.ts'

helpIfRequested('Usage: npm run schema   writes schema/schema.graphql, the contract that clients read')
await writeFile(new URL('../../schema/schema.graphql', import.meta.url), printSchema())
