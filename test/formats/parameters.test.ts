import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ADDED_PARAMETERS, readParameters } from '../../src/formats/parameters.ts'
import { BadUserInput } from '../../src/values/errors.ts'
import { ROOT } from '../support/program.ts'

const TEXT = z.string().optional()
const KNOWN = z.object({ topics: TEXT, first: TEXT, after: TEXT })
const read = (text: string) => readParameters(new URLSearchParams(text), KNOWN)

test('parameters that others add are ignored, with any value and how often they come', () => {
  for (const name of [
    ...ADDED_PARAMETERS,
    'utm_source',
    'utm_campaign',
    'utm_x',
    'UTM_Source',
    'FBCLID',
    'amp;utm_source',
  ])
    expect(read(`${name}=1&topics=a&${name}=%FF%00`), name).toEqual({ topics: 'a' })
})

test('an empty value means that a parameter is not given', () => {
  expect(read('topics=&first=&after')).toEqual({})
  expect(read('first=&first=5&first=')).toEqual({ first: '5' })
})

test.each([
  ['topic=a', 'There is no parameter "topic". Allowed are topics, first, after.'],
  ['utm=a', 'There is no parameter "utm". Allowed are topics, first, after.'],
  ['refs=a', 'There is no parameter "refs". Allowed are'],
  ['topics[]=a', 'There is no parameter "topics[]". Write "topics" once and without brackets, with commas between'],
  ['topics%5B0%5D=a', 'There is no parameter "topics[0]". Write "topics" once and without brackets'],
  ['topic[]=a', 'There is no parameter "topic[]". Allowed are'],
  [
    'topics=a&amp;first=5',
    'There is no parameter "amp;first". The address has "&amp;" where "&" belongs: write &first=.',
  ],
  [
    'topics=a&amp;amp;first=5',
    'There is no parameter "amp;amp;first". The address has "&amp;" where "&" belongs: write &first=.',
  ],
  ['first=5&first=5', '"first" may be given once only'],
])('%s is refused with a sentence that says how to write it', (text, message) => {
  const refusal = (() => {
    try {
      return read(text)
    } catch (error) {
      return error
    }
  })()
  expect(refusal).toBeInstanceOf(BadUserInput)
  expect((refusal as BadUserInput).message).toContain(message)
})

const README = join(ROOT, 'schema/README.md')

test.runIf(existsSync(README))('the documentation lists exactly the ignored parameters', async () => {
  const [, list = ''] = /only the following are ignored[^:]*: ([^.]*)\./.exec(await readFile(README, 'utf8')) ?? []
  const names = [...list.matchAll(/`([^`]+)`/g)].map(([, name]) => name)
  expect(names.sort()).toEqual([...ADDED_PARAMETERS, 'utm_*'].sort())
})
