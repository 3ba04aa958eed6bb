import { writeFile } from 'node:fs/promises'
import { currentScript, EMBED_ASSETS } from '../http/routes/embed.ts'
import { helpIfRequested } from './console.ts'

helpIfRequested('Usage: npm run embed-script   keeps embed.js as it is now for pages that pin this version by its hash')
await writeFile(new URL(currentScript.name, EMBED_ASSETS), currentScript.body)
