import { answered, family, refused, refusedInPart, times } from './input.ts'

const SEARCH = 'query ($query: String!) { papers(filter: { query: $query }) { nodes { title } totalCount } }'
const found = (query: string) => answered(SEARCH, { query })
const wrong = (query: string) => refused('BAD_USER_INPUT', SEARCH, { query })
const tooLong = (query: string) => refusedInPart('BAD_USER_INPUT', SEARCH, { query })

/** As long as a search may be. */
const LONGEST = 1_000

const filled = (text: string): string => text.repeat(Math.floor(LONGEST / text.length))

/** Texts that a search, or what it is made of, could take for something else, or could take long to read. */
export const SEARCHES = family('searches', {
  'a regular expression that backtracks': found('(a+)+$ (a|aa)+$ ^(([a-z])+.)+[A-Z]([a-z])+$'),
  wildcards: found('%%%%%% ______ ****** ??????'),
  'the syntax of tsquery': found("a & !b | (c <-> d:*) ''"),
  SQL: found(`'; drop table papers; -- ") or 1=1`),
  'operators only': found('- -- - "" OR AND NOT ( ) + ~ ^ : * " -"" author:'),
  'quotation marks': found(filled('"')),
  'quotation marks around letters': found(filled('"a" ')),
  'phrases of words that are in every paper': found(
    times(200, (n) => `"${['a', 'the', 'of', 'in'][n % 4]} ${['an', 'to', 'for'][n % 3]}"`).slice(0, 900),
  ),
  'exclusions only': found(filled('-a ')),
  'authors only': found(filled('author:a ')),
  colons: found(filled('a:')),
  hyphens: found(filled('a-')),
  apostrophes: found(filled("a'")),
  'one letter, many times': found(filled('a ')),
  'as many words as fit': found(times(300, (n) => `${n}`).slice(0, LONGEST)),
  'one long word': found(filled('ab')),
  'one long number': found(filled('1')),
  'combining marks': found(`a${'\u0301'.repeat(LONGEST - 1)}`),
  'combining marks of all classes': found(filled('a\u0315\u0300\u05ae\u0062\u0327\u0345')),
  'ligatures that become eighteen letters': found('\ufdfa'.repeat(LONGEST)),
  'letters that change their length': found(filled('İßŉǰΐ')),
  'Hangul in parts': found(filled('\u1100\u1161\u11a8')),
  'Chinese without spaces': found(filled('深度学习模型')),
  'Thai without spaces': found(filled('การเรียนรู้')),
  'emoji joined by zero-width joiners': found(filled('\u{1f468}\u200d\u{1f469}\u200d')),
  'zero-width characters': found(filled('\u200b\u200c\u200d\ufeff')),
  'direction overrides': found(filled('\u202e\u2066')),
  'control characters': found(filled('\u0001\u0008\u001b')),
  'mathematical letters': found(filled('\u{1d504}')),
  'arXiv ids': found(filled('2601.00001 ')),
  TeX: found(filled('$\\frac{a}{b}$ ')),
  'a NUL': wrong('a\0b'),
  'half a surrogate pair': wrong('\ud83d'),
  'thousands of words': tooLong(times(10_000, (n) => `word${n}`)),
  'a word of 200,000 letters': tooLong('a'.repeat(200_000)),
  'a text of 60,000 marks': tooLong(`a${'\u0301'.repeat(60_000)}`),
  '20,000 ligatures': tooLong('\ufdfa'.repeat(20_000)),
  'thousands of operators': tooLong('-"'.repeat(50_000)),
  'in search': answered('query ($query: String!) { search(query: $query) { edges { node { title } } totalCount } }', {
    query: filled('a" -b '),
  }),
})
