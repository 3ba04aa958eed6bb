import { ADDRESSES } from './addresses.ts'
import { AGENTS } from './agents.ts'
import { BODIES } from './bodies.ts'
import { DOCUMENTS } from './documents.ts'
import { HEADERS } from './headers.ts'
import type { HostileInput } from './input.ts'
import { SEARCHES } from './searches.ts'
import { SUBMISSIONS } from './submissions.ts'
import { TOKENS } from './tokens.ts'
import { VALUES } from './values.ts'

/** For `hostile.test.ts`, and for `npm run bench:hostile`, which measures each. */
export const HOSTILE_INPUTS: readonly HostileInput[] = [
  ...DOCUMENTS,
  ...VALUES,
  ...BODIES,
  ...ADDRESSES,
  ...HEADERS,
  ...SEARCHES,
  ...TOKENS,
  ...SUBMISSIONS,
  ...AGENTS,
]
