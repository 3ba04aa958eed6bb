import { writeFile } from 'node:fs/promises'
import { currentScript, EMBED_ASSETS } from '../http/routes/embed.ts'
import { refuseArguments } from './console.ts'
import { runProgram } from './run-program.ts'

const USAGE = 'Usage: npm run embed-script   keeps embed.js as it is now for pages that pin this version by its hash'

await runProgram({
  usage: USAGE,
  run: () => {
    refuseArguments(USAGE)
    return writeFile(new URL(currentScript.name, EMBED_ASSETS), currentScript.body)
  },
})
