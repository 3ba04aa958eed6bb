import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A fresh directory for a test, which removes it. Others may enter it: run by root, the embedded Postgres is another user,
 * and would else keep its data outside, where nobody removes it.
 */
export async function temporaryDirectory(prefix: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${prefix}-`))
  await chmod(directory, 0o755)
  return directory
}
