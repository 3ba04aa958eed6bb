import { expect, test } from 'vitest'
import { oaiSetOf } from '../../src/values/sync-sources.ts'

test.each([
  ['cs.CL', 'cs:cs:CL'],
  ['math.AG', 'math:math:AG'],
  ['q-bio.NC', 'q-bio:q-bio:NC'],
  ['hep-th', 'physics:hep-th'],
  ['astro-ph.CO', 'physics:astro-ph:CO'],
  ['cond-mat.str-el', 'physics:cond-mat:str-el'],
  ['physics.optics', 'physics:physics:optics'],
])('the OAI set of %s is %s', (category, set) => {
  expect(oaiSetOf(category)).toBe(set)
})
