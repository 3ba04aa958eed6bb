import { describe, expect, test } from 'vitest'
import { identifierOfUrl, normalizeArxivId, normalizeDoi, normalizeIdentifier } from '../../src/values/identifiers.ts'

describe('arXiv ids', () => {
  test.each([
    ['2510.10490', '2510.10490'],
    ['0704.0001', '0704.0001'],
    ['2510.10490v1', '2510.10490'],
    ['2510.10490v12', '2510.10490'],
    [' arXiv:2510.10490v2 ', '2510.10490'],
    ['arxiv: 2510.10490', '2510.10490'],
    ['arXiv:2510.10490v1 [cs.CL]', '2510.10490'],
    ['cmp-lg/9404001', 'cmp-lg/9404001'],
    ['math.CO/9901016', 'math/9901016'],
    ['math.CO/9901016v3', 'math/9901016'],
    ['HEP-TH/9711200', 'hep-th/9711200'],
    ['10.48550/arXiv.2510.10490', '2510.10490'],
    ['https://doi.org/10.48550/arXiv.2510.10490', '2510.10490'],
  ])('%s is %s', (text, id) => expect(normalizeArxivId(text)).toBe(id))

  test.each([
    '',
    '2510.104900',
    '2510.104',
    '2513.00001',
    '2500.00001',
    '2510.10490v0',
    'v2',
    'cmp-lg/940400',
    '25101.0490',
    '10.1145/3292500',
  ])('%j is none', (text) => expect(normalizeArxivId(text)).toBeNull())
})

describe('addresses', () => {
  test.each([
    ['https://arxiv.org/abs/2510.10490', '2510.10490'],
    ['http://www.arxiv.org/abs/2510.10490v2', '2510.10490'],
    ['https://arxiv.org/pdf/2510.10490', '2510.10490'],
    ['https://arxiv.org/pdf/2510.10490v3.pdf', '2510.10490'],
    ['https://arxiv.org/html/2510.10490v1#S3.SS1', '2510.10490'],
    ['https://export.arxiv.org/abs/cmp-lg/9404001', 'cmp-lg/9404001'],
    ['https://arxiv.org/pdf/cmp-lg/9404001v1', 'cmp-lg/9404001'],
    ['https://ar5iv.labs.arxiv.org/html/2510.10490', '2510.10490'],
    ['https://huggingface.co/papers/2510.10490', '2510.10490'],
    ['https://huggingface.co/papers/2510.10490.md', '2510.10490'],
    ['https://hf.co/papers/2510.10490?utm_source=x', '2510.10490'],
    ['https://www.alphaxiv.org/abs/2510.10490v1', '2510.10490'],
    ['https://alphaxiv.org/overview/2510.10490', '2510.10490'],
    ['arxiv.org/abs/2510.10490', '2510.10490'],
    ['arxiv.org/2510.10490v2', '2510.10490'],
    ['https://alphaxiv.org/2510.10490', '2510.10490'],
    ['http://127.0.0.1:4000/papers/2510.10490', '2510.10490'],
    ['https://papers.example.org/papers/cmp-lg/9404001.md', 'cmp-lg/9404001'],
    ['https://doi.org/10.48550/arXiv.2510.10490', '2510.10490'],
  ])('%s is arXiv %s', (address, value) => expect(identifierOfUrl(address)).toEqual({ scheme: 'arxiv', value }))

  test('of other registries', () => {
    expect(identifierOfUrl('https://doi.org/10.1145/3292500.3330701')).toEqual({
      scheme: 'doi',
      value: '10.1145/3292500.3330701',
    })
    expect(identifierOfUrl('https://openreview.net/forum?id=rJl-b3RcF7')).toEqual({
      scheme: 'openreview',
      value: 'rJl-b3RcF7',
    })
  })

  test.each([
    'https://example.org/abs/2510.10490',
    'https://arxiv.org/list/cs.CL/new',
    'https://huggingface.co/google/gemma',
    'ftp://arxiv.org/abs/2510.10490',
    'https://arxiv.org/abs/%E0%A4%A',
    'not an address',
  ])('%s is of no paper', (address) => expect(identifierOfUrl(address)).toBeNull())
})

test('DOIs come in small letters without prefix', () => {
  expect(normalizeDoi('doi:10.1145/ABC.Def')).toBe('10.1145/abc.def')
  expect(normalizeDoi('https://dx.doi.org/10.1000/182')).toBe('10.1000/182')
  expect(normalizeDoi('11.1000/182')).toBeNull()
  expect(normalizeDoi('10.1000/with space')).toBeNull()
})

test('identifiers of any scheme', () => {
  expect(normalizeIdentifier({ scheme: 'ArXiv', value: '2510.10490v4' })).toEqual({
    scheme: 'arxiv',
    value: '2510.10490',
  })
  expect(normalizeIdentifier({ scheme: 'doi', value: '10.48550/arxiv.2510.10490' })).toEqual({
    scheme: 'arxiv',
    value: '2510.10490',
  })
  expect(normalizeIdentifier({ scheme: 'OpenAlex', value: ' W2741809807 ' })).toEqual({
    scheme: 'openalex',
    value: 'W2741809807',
  })
  expect(normalizeIdentifier({ scheme: 's2', value: '' })).toBeNull()
  expect(normalizeIdentifier({ scheme: 'no spaces', value: 'x' })).toBeNull()
})

test('an address may have a long query string, but not be endless', () => {
  const id = { scheme: 'arxiv', value: '2510.10490' }
  const tracked = (length: number) => `https://arxiv.org/abs/2510.10490?utm_source=${'x'.repeat(length)}`
  expect(identifierOfUrl(tracked(4_000))).toEqual(id)
  expect(identifierOfUrl(tracked(10_000))).toBeNull()
  expect(identifierOfUrl('https://arxiv.org/abs/2510.10490//')).toEqual(id)
})

test('what is far too long to be an identifier is none, and is not searched through', () => {
  // Tried from each of these characters anew, any of them would take a minute.
  for (const filler of [' ', '\n ', '/', '-', '.', '['])
    for (const text of ['a', 'arXiv:', '10.1234/', 'https://arxiv.org/abs/'].map(
      (start) => start + filler.repeat(250_000),
    ))
      for (const read of [normalizeArxivId, normalizeDoi, identifierOfUrl]) expect(read(`${text}2510.10490`)).toBeNull()
})
