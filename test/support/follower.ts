import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'

// `node follower.ts SERVER FILE` follows the changes of a server and keeps a copy of its papers in a file, as anybody would who may
// be killed at any moment: papers and cursor are stored together.

export interface Copy {
  after: string
  /** By id. */
  papers: Record<string, unknown>
}

async function follow(server: string, file: string): Promise<never> {
  const copy: Copy = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { after: '', papers: {} }
  for (;;) {
    const response = await fetch(`${server}/changes.jsonl?first=40&after=${copy.after}`)
    if (!response.ok) throw new Error(await response.text())
    const lines = (await response.text()).trimEnd().split('\n')
    const { pageInfo } = JSON.parse(lines.pop() as string)
    for (const line of lines) {
      const { kind, paperId, paper } = JSON.parse(line)
      if (kind === 'UPSERT') copy.papers[paperId] = paper
      else delete copy.papers[paperId]
    }
    copy.after = pageInfo.endCursor
    writeFileSync(`${file}.new`, JSON.stringify(copy))
    renameSync(`${file}.new`, file)
    if (!pageInfo.hasNextPage) await setTimeout(20)
  }
}

if (import.meta.main) await follow(process.argv[2] as string, process.argv[3] as string)
