import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { openRecorder, type Recorder } from '../support/hook-recorder.ts'
import { behaviourOf, givenHooks, hookedPaper, SECRET, wantedTitles } from '../support/many-hooks.ts'
import { ROOT } from '../support/program.ts'

// Two servers tell webhooks of papers that come in, and are killed in the middle. Every address that takes messages gets every
// paper of its list, in order. `npm run bench:webhooks` does it with 2,000 webhooks.

const SIZE = { hooks: 100, lists: 10, papers: 100 }
const KILLS = 2
const BATCHES = 5

let database: FreshDatabase
let recorder: Recorder
const servers: ChildProcess[] = []
beforeAll(async () => {
  database = await freshDatabase()
  recorder = await openRecorder({ secret: SECRET, behaviourOf })
  await givenHooks(database.db, recorder.url, SIZE)
})
afterAll(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await recorder?.close()
  await database?.close()
})

function start(): ChildProcess {
  const server = spawn(process.execPath, ['src/run.js', 'serve'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      DATA_DIR: join(ROOT, 'node_modules/.cache/webhooks'),
      PORT: '0',
      ALLOW_PRIVATE_NETWORKS: 'true',
    },
  })
  servers.push(server)
  return server
}

/** What failed, and what a server that was killed had taken, is due at once. */
const hurry = () =>
  database.db.execute(sql`
    update webhook_deliveries set next_attempt_at = now(), lease_until = case when lease_until < now() + interval '57 seconds' then now() else lease_until end
    where id in (select id from webhook_deliveries where state in ('PENDING', 'SENDING') order by id for update skip locked)`)

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    await hurry()
    await setTimeout(100)
  }
}

test('every address that takes messages gets every paper of its list, in order, though servers are killed', {
  timeout: 300_000,
}, async () => {
  let [first, second] = [start(), start()]
  const { papers, hooks } = SIZE
  const of = (batch: number) =>
    Array.from({ length: papers / BATCHES }, (_, n) => hookedPaper((batch * papers) / BATCHES + n))
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await saveEntries(database.db, of(batch), { halfLifeHours: HALF_LIFE_HOURS })
    if (batch < KILLS) {
      const before = recorder.taken()
      await until(() => recorder.taken() > before + 10)
      first.kill('SIGKILL')
      await once(first, 'exit')
      ;[first, second] = [second, start()]
    }
  }
  const numbers = Array.from({ length: hooks }, (_, n) => n)
  const live = numbers.filter((n) => ['live', 'flaky'].includes(behaviourOf(`/${n}`)))
  expect(live).toHaveLength(95)
  await until(() => live.every((n) => recorder.titlesAt(`/${n}`).length >= wantedTitles(n, SIZE).length))
  for (const n of live) expect(recorder.titlesAt(`/${n}`), `${n}`).toEqual(wantedTitles(n, SIZE))
  expect(recorder.faults()).toBe(0)
  const gone = numbers.filter((n) => behaviourOf(`/${n}`) === 'gone')
  const rows = await database.db.execute<{ state: string }>(
    sql`select state from webhooks where url = any(${sql.param(gone.map((n) => `${recorder.url}/${n}`))}::text[])`,
  )
  expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['DISABLED']))
})
