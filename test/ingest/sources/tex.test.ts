import { expect, test } from 'vitest'
import { splitAuthors } from '../../../src/ingest/sources/arxiv-authors.ts'
import { texToText } from '../../../src/ingest/sources/tex.ts'

test.each([
  ['Schr\\"odinger', 'Schrödinger'],
  ["Poincar{\\'e} and Poincar\\'{e} and Poincar\\' e", 'Poincaré and Poincaré and Poincaré'],
  ['Erd\\H{o}s, Erd\\H os', 'Erdős, Erdős'],
  ["Tom\\'a\\v{s} \\v Cech", 'Tomáš Čech'],
  ["Garc\\'\\i a, Mart\\'{\\i}nez, na\\\"{\\i}ve", 'García, Martínez, naïve'],
  ['\\L ukasz, {\\O}rsted, Stra\\ss{}e, \\AA ngstr\\"om', 'Łukasz, Ørsted, Straße, Ångström'],
  [
    'Fran\\c{c}ois, W\\k{e}drychowicz, \\.{I}stanbul, \\r{u}, \\={a}, \\b{n}',
    'François, Wędrychowicz, İstanbul, ů, ā, ṉ',
  ],
  ['Nguy{\\~{\\^e}}n, Nguy\\~{\\^{e}}n, \\d{\\^o}', 'Nguyễn, Nguyễn, ộ'],
  ["\\'{\\ae}, \\'{\\o}", 'ǽ, ǿ'],
  ['AT\\&T, 10\\%, \\#1, a\\_b, vs.\\ them', 'AT&T, 10%, #1, a_b, vs. them'],
  ['a resolution of 3 \\AA in', 'a resolution of 3 Å in'],
])('%s', (tex, text) => {
  expect(texToText(tex)).toBe(text)
})

test.each([
  ['$\\\'e \\o \\&$ and $$\\"o$$'],
  ['\\(\\"o\\) \\[ \\.a \\]'],
  ['costs \\$5 and \\$6'],
  ['\\beta, \\upsilon, \\langle x \\rangle, \\cal{O}, \\int, \\cite{Ree}, {\\it so}'],
  ['\\"The first\\" and \\~smith and \\\'x'],
  ['no backslash at all: ~ $ { }'],
])('formulas, commands and accents on letters that never have them stay: %s', (text) => {
  expect(texToText(text)).toBe(text)
})

test('a dollar sign that nothing closes begins no formula', () => {
  expect(texToText('$5 for Erd\\H{o}s')).toBe('$5 for Erdős')
  expect(texToText('\\$5 for G\\"odel or \\$6')).toBe('\\$5 for Gödel or \\$6')
})

test('the time for a text grows no faster than its length', () => {
  for (const part of ['$\\', '\\(', "{\\'", '\\"{', '$a', '{{'])
    expect(texToText(part.repeat(20_000)).length).toBeGreaterThan(0)
})

test.each([
  ["C. Bal\\'azs, E. L. Berger and C.-P. Yuan", ['C. Balázs', 'E. L. Berger', 'C.-P. Yuan']],
  ['Ann Lin (1, 2), Bo Quine ((1) CERN, Geneva, (2) MIT)', ['Ann Lin', 'Bo Quine']],
  ['The ATLAS Collaboration: G. Aad, B. Abbott', ['The ATLAS Collaboration', 'G. Aad', 'B. Abbott']],
  ['A. Lin, B. Quine, Jr., C. Haddad III, and D. Osei', ['A. Lin', 'B. Quine Jr.', 'C. Haddad III', 'D. Osei']],
  ['A. Lin, for the BaBar Collaboration', ['A. Lin', 'the BaBar Collaboration']],
  ['A. Lin et al.', ['A. Lin']],
  ['Patrick Letr{é}my, Val{é}rie Laffite', ['Patrick Letrémy', 'Valérie Laffite']],
  ['A.~Lin; Sandra Anderson &  B. Quine', ['A. Lin', 'Sandra Anderson', 'B. Quine']],
  ['A. Lin (CERN', ['A. Lin']],
  ['', []],
])('the authors of %j', (text, names) => {
  expect(splitAuthors(text)).toEqual(names)
})
