// A program that uses the embedded Postgres until it reads a line: node program.ts <dataDir> <cacheDir>

import { startEmbeddedPostgres } from '../../../src/db/embedded/index.ts'

const [dataDir = '', cacheDir = ''] = process.argv.slice(2)
const said: string[] = []
const tell = (what: object) => console.log(JSON.stringify({ ...what, said }))

try {
  const { url, started, stop } = await startEmbeddedPostgres({
    dataDir,
    cacheDirs: [cacheDir],
    parameters: { fsync: 'off' },
    say: (line) => said.push(line),
  })
  tell({ url, started })
  await new Promise((resolve) => process.stdin.once('data', resolve))
  // From here on, only something that the launcher left open could keep this process alive.
  process.stdin.destroy()
  await stop()
  tell({ stopped: true })
} catch (error) {
  tell({ error: String(error) })
}
