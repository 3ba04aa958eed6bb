import { expect, test } from 'vitest'
import { distinctTopicNames, nameOf, normalizedTopicName } from '../../src/values/text.ts'

test.each([
  ['a zero-width space', 'Ilse Mar\u200bchetti'],
  ['a byte-order mark', '\ufeffIlse\ufeff Marchetti'],
  ['direction marks', '\u200eIlse Marchetti\u200f'],
  ['direction isolates', '\u2068Ilse Marchetti\u2069'],
  ['a soft hyphen', 'Ilse Mar\u00adchetti'],
  ['a word joiner', 'Ilse Marchetti\u2060'],
  ['a joiner between Latin letters', 'Il\u200dse Mar\u200cchetti'],
  ['a variation selector', 'Ilse Marchetti\ufe0f'],
  ['a tag character', 'Ilse Marchetti\u{e0041}'],
  ['invisible characters between spaces', 'Ilse \u200b \u2063 Marchetti'],
  ['a no-break space', 'Ilse\u00a0Marchetti'],
])('a name with %s is the name without', (_, name) => {
  expect(nameOf(name)).toBe('Ilse Marchetti')
})

test.each(['\u2010', '\u2011', '\u2012', '\u2013', '\u2212', '\ufe63', '\uff0d', '\u00ad-', '\u058a'])(
  'the hyphen %j of a name becomes an ordinary one',
  (hyphen) => expect(nameOf(`Jean${hyphen}Luc Marchetti`)).toBe('Jean-Luc Marchetti'),
)

test('what can be seen stays', () => {
  for (const name of ['JOSÉ', 'José', 'Jose', 'شیر\u200cعلی', 'ශ්\u200dරී', 'ジャン・リュック', 'O’Brien', '\u2014'])
    expect(nameOf(name)).toBe(name)
  // An accent joins the letter before an invisible character that is removed.
  expect(nameOf('Jose\u200b\u0301')).toBe('José')
})

test('spaces, hyphens, dashes and underscores count as one space in the name of a topic, case as nothing', () => {
  for (const sign of [
    ' ',
    '-',
    '_',
    '  ',
    ' - ',
    '\u2010',
    '\u2011',
    '\u2012',
    '\u2013',
    '\u2014',
    '\u2015',
    '\u2212',
    '\uff0d',
    '\u301c',
    '\u00a0',
    '\u3000',
    '-\u200b-',
  ])
    expect(normalizedTopicName(`Multi${sign}Modal`)).toBe('multi modal')
  for (const sign of ['', '\u200b', '\u00ad', '\u2060', '\ufeff'])
    expect(normalizedTopicName(`Multi${sign}modal`)).toBe('multimodal')
  for (const name of ['', '-', ' _ ', '\u2014\u2013', '\u200b', '--- ---']) expect(normalizedTopicName(name)).toBe('')
  expect(normalizedTopicName('-Agents-')).toBe('agents')
})

test('of the spellings of a topic on a paper the first stays, and names of nothing but dashes go', () => {
  expect(distinctTopicNames(['Fine-Tuning', '—', 'fine tuning', 'finetuning', '', 'FINE_TUNING', 'c++', 'C'])).toEqual([
    'Fine-Tuning',
    'finetuning',
    'c++',
    'C',
  ])
})
