import { writeFile } from 'node:fs/promises'
import { currentScript, EMBED_ASSETS } from '../http/routes/embed.ts'
import { fail, helpIfRequested, refuseArguments } from './console.ts'

const USAGE = 'Usage: npm run embed-script   keeps embed.js as it is now for pages that pin this version by its hash'

try {
  helpIfRequested(USAGE)
  refuseArguments(USAGE)
  await writeFile(new URL(currentScript.name, EMBED_ASSETS), currentScript.body)
} catch (error) {
  fail(error)
}
