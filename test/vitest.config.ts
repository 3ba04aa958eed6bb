import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/sequencer.ts'

// All test files, and the programs that they start, share one cache of compiled sources.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'daily-papers-compiled')

const resolution = pathToFileURL(join(import.meta.dirname, '../src/resolution.js')).href

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['support/memory-directory.ts', 'support/postgres.ts'],
    sequence: { sequencer: LongestFirst },
    // Node runs the TypeScript itself, as in production. Vite's loader would load graphql twice.
    experimental: { viteModuleRunner: false },
    // Garbage is collected less often: a tenth of the processor time.
    execArgv: ['--import', resolution, '--min-semi-space-size=16'],
    // A worker loads the sources once for all of its files: 0.8 s of processor time saved for each file. So a test restores
    // the globals that it changes, and each file has its own database.
    isolate: false,
    // Two cores, and files that wait for child processes and timers.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Long, because a busy machine must not fail a test. Polling ends as soon as the condition holds.
    expect: { poll: { timeout: 20_000 } },
  },
})
