import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A fresh directory, which the test removes. Other users can enter it: under root the embedded Postgres runs as another
 * user, and would otherwise keep its data in a place that no test removes.
 */
export async function temporaryDirectory(prefix: string, parent = tmpdir()): Promise<string> {
  const directory = await mkdtemp(join(parent, `${prefix}-`))
  await chmod(directory, 0o755)
  return directory
}
