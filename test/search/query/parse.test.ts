import { describe, expect, test } from 'vitest'
import { parseQuery, rewriteQuery } from '../../../src/search/query/parse.ts'
import type { Atom } from '../../../src/search/query/parsed-query.ts'

const written = ({ kind, text }: Atom): string => (kind === 'word' ? text : `${kind} ${text}`)

test.each([
  ['attention is all you need', [['attention'], ['need']], []],
  ['deep "neural networks" -vision', [['deep'], ['phrase neural networks']], ['vision']],
  ['“curly quotes” -"not this"', [['phrase curly quotes']], ['phrase not this']],
  ['cats or dogs OR birds', [['cats', 'dogs', 'birds']], []],
  ['or cats or', [['cats']], []],
  ['author:hinton author:"Yann LeCun" nets', [['author hinton'], ['author Yann LeCun'], ['nets']], []],
  ['author: Bengio -author:Li', [['author Bengio']], ['author Li']],
  ['GPT-4 x - y -5', [['GPT-4'], ['x'], ['y'], ['5']], []],
  ['"unclosed phrase', [['unclosed'], ['phrase']], []],
  ['("vision language" models)', [['phrase vision language'], ['models']], []],
  ['C++ TCP/IP 大模型', [['C++'], ['TCP/IP'], ['大模型']], []],
  ['"" "the" - " author:', [['phrase the'], ['author']], []],
  ['the of and', [['the'], ['of'], ['and']], []],
  ['sam 2 llama 3.1 -gpt 4', [['sam 2'], ['llama 3.1']], ['gpt 4']],
  ['sam 2 or dino or llama 3.1', [['sam 2', 'dino', 'llama 3.1']], []],
  ['-the', [], []],
  ['papers 2 or 3', [['papers'], ['2', '3']], []],
  ['gpt or sam 2', [['gpt', 'sam 2']], []],
  ['', [], []],
])('%s', (text, clauses, excluded) => {
  const query = parseQuery(text)
  expect(query.clauses.map((clause) => clause.map(written))).toEqual(clauses)
  expect(query.excluded.map(written)).toEqual(excluded)
})

describe('quotation marks', () => {
  const phrases = (text: string) => parseQuery(text).clauses.map((clause) => clause.map(written).join())

  test.each([
    '"tidal charts"',
    '“tidal charts”',
    '„tidal charts“',
    '„tidal charts”',
    '”tidal charts”',
    '«tidal charts»',
    '»tidal charts«',
    '« tidal charts »',
    '‹tidal charts›',
    '「tidal charts」',
    '『tidal charts』',
    '﹁tidal charts﹂',
    '｢tidal charts｣',
    '＂tidal charts＂',
    '〝tidal charts〟',
  ])('%s is a phrase, is excluded by a minus sign and can be a name', (quoted) => {
    expect(phrases(quoted).map((phrase) => phrase.replace(/\s+/g, ' ').trim())).toEqual(['phrase tidal charts'])
    expect(parseQuery(`old -${quoted}`).excluded).toMatchObject([{ kind: 'phrase' }])
    expect(parseQuery(`author:${quoted}`).clauses).toMatchObject([[{ kind: 'author', words: [{}, {}] }]])
    expect(rewriteQuery(`x ${quoted}`, (content) => content.toUpperCase())).toBe(`X ${quoted.toUpperCase()}`)
  })

  test('need no blanks around them, and those of another family stand between them', () => {
    expect(phrases('基于「深度学习」的方法')).toEqual(['基于', 'phrase 深度学习', '的方法'])
    expect(phrases('„the «tidal charts» of“ «a "b" c»')).toEqual(['phrase the «tidal charts» of', 'phrase a "b" c'])
  })

  test('are ignored if they are not a pair', () => {
    expect(phrases('«tidal charts')).toEqual(['tidal', 'charts'])
    expect(phrases('tidal」 charts«')).toEqual(['tidal', 'charts'])
    expect(phrases('"tidal charts»')).toEqual(['tidal', 'charts'])
  })

  test('are all of Unicode, without apostrophes', () => {
    const all = Array.from({ length: 0x1_00_00 }, (_, code) => String.fromCharCode(code))
    const marks = all.filter((sign) => /\p{Quotation_Mark}/u.test(sign))
    const ignored = marks.filter((sign) => parseQuery(`${sign}tidal charts${sign}`).clauses[0]?.[0]?.kind !== 'phrase')
    expect(ignored.join('')).toBe("'‘’‚‛＇")
    expect(phrases('Bayes’ rule isn’t ‘Gauss’')).toEqual(['Bayes', 'rule', 'isn’t', 'Gauss'])
  })

  test('around an identifier do not hide it', () => {
    for (const text of ['„2510.10490“', '「2510.10490」', '＂2510.10490＂.'])
      expect(parseQuery(text).identifier, text).toEqual({ scheme: 'arxiv', value: '2510.10490' })
  })
})

test.each([
  ['2510.10490v2', 'arxiv', '2510.10490'],
  ['arXiv:math.CO/9901016', 'arxiv', 'math/9901016'],
  ['https://arxiv.org/pdf/2510.10490v1', 'arxiv', '2510.10490'],
  ['huggingface.co/papers/2510.10490', 'arxiv', '2510.10490'],
  ['10.1145/3292500.3330701', 'doi', '10.1145/3292500.3330701'],
  ['https://doi.org/10.1145/3292500.3330701', 'doi', '10.1145/3292500.3330701'],
])('%s is the identifier of a paper', (text, scheme, value) => {
  expect(parseQuery(text).identifier).toEqual({ scheme, value })
})

test.each(['attention', 'see 2510.10490', 'https://example.org/2510.10490'])('%s is not an identifier', (text) => {
  expect(parseQuery(text).identifier).toBeNull()
})

test('rewriting changes words, phrases and names, but not exclusions', () => {
  const text = 'deep "tidal charts" -"case study" author:"ada abara" -deep (deep) "open'
  expect(rewriteQuery(text, (content, kind) => (kind === 'phrase' ? null : content))).toBe(
    'deep tidal charts -"case study" author:"ada abara" -deep (deep) "open',
  )
  expect(rewriteQuery(text, (content, kind) => (kind === 'word' ? content.toUpperCase() : content))).toBe(
    'DEEP "tidal charts" -"case study" author:"ada abara" -deep (DEEP) "OPEN',
  )
})
