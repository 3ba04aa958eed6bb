import { expect, test } from 'vitest'
import { rfc3339 } from '../../src/db/instant.ts'

test.each([
  ['2026-02-17 09:30:00+00', '2026-02-17T09:30:00.000Z'],
  ['2026-02-17 09:30:00.5+00', '2026-02-17T09:30:00.500Z'],
  ['2026-02-17 09:30:00.05+00', '2026-02-17T09:30:00.050Z'],
  ['2026-02-17 09:30:00.123+00', '2026-02-17T09:30:00.123Z'],
])('%s becomes %s', (postgres, text) => expect(rfc3339(postgres)).toBe(text))
