import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

// Every test file, and every program that a test starts, loads the same sources: compiled once, they are there for all.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'daily-papers-compiled')

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['**/*.test.ts'],
    globalSetup: ['support/postgres.ts'],
    // Node runs the TypeScript itself, as it does in production; Vite's own loader would load graphql twice.
    experimental: { viteModuleRunner: false },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Waiting is over when what is waited for comes; a machine that is busy with other things must not fail a test.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 3,
  },
})
