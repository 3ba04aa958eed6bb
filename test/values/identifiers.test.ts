import { describe, expect, test } from 'vitest'
import {
  doiAddress,
  identifierOf,
  identifierOfUrl,
  identifierWithin,
  normalizeArxivId,
  normalizeDoi,
  normalizeIdentifier,
} from '../../src/values/identifiers.ts'

describe('arXiv ids', () => {
  test.each([
    ['2510.10490', '2510.10490'],
    ['0704.0001', '0704.0001'],
    ['2510.10490v1', '2510.10490'],
    ['2510.10490v12', '2510.10490'],
    [' arXiv:2510.10490v2 ', '2510.10490'],
    ['arxiv: 2510.10490', '2510.10490'],
    ['arXiv:2510.10490v1 [cs.CL]', '2510.10490'],
    ['arXiv:2510.10490v2 [cs.CL] 29 Sep 2025', '2510.10490'],
    ['arXiv preprint arXiv:2510.10490', '2510.10490'],
    ['arXiv preprint arXiv:2510.10490 (2025).', '2510.10490'],
    ['arXiv preprint arXiv:2510.10490, 2025.', '2510.10490'],
    ['arXiv e-prints, arXiv:2510.10490', '2510.10490'],
    ['oai:arXiv.org:2510.10490', '2510.10490'],
    ['oai:arXiv.org:cmp-lg/9404001', 'cmp-lg/9404001'],
    ['2510.10490.pdf', '2510.10490'],
    ['2510.10490v3.pdf', '2510.10490'],
    ['2510.10490.', '2510.10490'],
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
    ['https://papers.cool/arxiv/2510.10490', '2510.10490'],
    ['https://scirate.com/arxiv/2510.10490v2', '2510.10490'],
    ['https://www.semanticscholar.org/arxiv/2510.10490', '2510.10490'],
    ['https://api.semanticscholar.org/arXiv:2510.10490', '2510.10490'],
    ['https://api.semanticscholar.org/graph/v1/paper/ARXIV:2510.10490', '2510.10490'],
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

const S2 = '204e3073870fae3d05bcbc2f6a8e263d9b72e776'

test.each([
  ['https://dl.acm.org/doi/10.1145/3292500.3330701', 'doi', '10.1145/3292500.3330701'],
  ['https://dl.acm.org/doi/pdf/10.1145/3292500.3330701', 'doi', '10.1145/3292500.3330701'],
  ['https://dl.acm.org/doi/fullHtml/10.1145/3292500.3330701', 'doi', '10.1145/3292500.3330701'],
  ['https://onlinelibrary.wiley.com/doi/full/10.1002/asi.24750', 'doi', '10.1002/asi.24750'],
  ['https://link.springer.com/article/10.1007/s11263-015-0816-y', 'doi', '10.1007/s11263-015-0816-y'],
  ['https://www.biorxiv.org/content/10.1101/2020.01.30.927871v2.full.pdf', 'doi', '10.1101/2020.01.30.927871'],
  ['https://journals.aps.org/prl/abstract/10.1103/PhysRevLett.116.061102', 'doi', '10.1103/physrevlett.116.061102'],
  ['https://aclanthology.org/2020.acl-main.1/', 'doi', '10.18653/v1/2020.acl-main.1'],
  ['https://aclanthology.org/P19-1001.pdf', 'doi', '10.18653/v1/p19-1001'],
  ['https://www.nature.com/articles/s41586-021-03819-2', 'doi', '10.1038/s41586-021-03819-2'],
  ['https://doi.org/10.1000/456%23789', 'doi', '10.1000/456#789'],
  [
    'https://www.semanticscholar.org/paper/Attention-is-All-you-Need-Vaswani/204E3073870fae3d05bcbc2f6a8e263d9b72e776',
    's2',
    S2,
  ],
  [`https://www.semanticscholar.org/paper/${S2}`, 's2', S2],
  ['https://api.semanticscholar.org/CorpusID:13756489', 'corpusid', '13756489'],
])('%s is of %s %s', (address, scheme, value) => expect(identifierOfUrl(address)).toEqual({ scheme, value }))

describe('DOIs', () => {
  const doi = '10.1000/abc.def'
  test.each([
    '10.1000/ABC.Def',
    'doi:10.1000/abc.def',
    'DOI: 10.1000/abc.def.',
    'DOI 10.1000/abc.def',
    'https://doi.org/10.1000/abc.def',
    'http://dx.doi.org/10.1000/abc.def?x=1',
    'doi.org/10.1000/abc.def',
    'https://doi.org/doi:10.1000/abc.def',
    'info:doi/10.1000/abc.def',
    'urn:doi:10.1000/abc.def',
    '10.1000/abc.def,',
    '10.1000/abc.def)',
    '“10.1000/abc.def”',
  ])('%s is one', (text) => expect(identifierOf(text)).toEqual({ scheme: 'doi', value: doi }))

  const sici = '10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o'
  test.each([
    '10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O',
    '10.1002/(SICI)1097-4571(199806)49:8&lt;693::AID-ASI4&gt;3.0.CO;2-O',
    'https://doi.org/10.1002/(SICI)1097-4571(199806)49:8%3C693::AID-ASI4%3E3.0.CO;2-O.',
    '(doi:10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O)',
  ])('%s is one of a serial', (text) => expect(identifierOf(text)).toEqual({ scheme: 'doi', value: sici }))

  test.each(['11.1000/182', '10.1000/with space', '10.1000/', '10.1000/.'])('%s is none', (text) =>
    expect(normalizeDoi(text)).toBeNull(),
  )

  test('their addresses lead to the DOI', () => {
    expect(doiAddress('10.1000/456#789')).toBe('https://doi.org/10.1000/456%23789')
    expect(identifierOf(doiAddress(sici))).toEqual({ scheme: 'doi', value: sici })
  })
})

describe('a citation names', () => {
  test.each([
    ['Vaswani et al. Attention is all you need. arXiv:1706.03762v7 [cs.CL], 2017.', 'arxiv', '1706.03762'],
    ['A. Vaswani, “Attention”, NeurIPS 30 (2017), https://arxiv.org/abs/1706.03762.', 'arxiv', '1706.03762'],
    ['@misc{x,\n  eprint = {hep-th/9711200},\n  archivePrefix = {arXiv},\n}', 'arxiv', 'hep-th/9711200'],
    ['@article{x, doi={10.1145/3292500.3330701}, year={2019}}', 'doi', '10.1145/3292500.3330701'],
    ['Smith, J. (2020). Title. Journal 5(2). https://doi.org/10.1000/456%23789', 'doi', '10.1000/456#789'],
    ['see 1706.03762 and 2510.10490', 'arxiv', '1706.03762'],
  ])('%s', (text, scheme, value) => expect(identifierWithin(text)).toEqual({ scheme, value }))

  test.each([
    '',
    'Attention is all you need',
    'version 12.34567',
    'call 555.12345.6',
    '10.1000',
    'x'.repeat(3_000),
    'arXiv:1313.12345 '.repeat(100),
  ])('%j names none', (text) => expect(identifierWithin(text)).toBeNull())
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
  for (const filler of [' ', '\n ', '/', '-', '.', '[', ')', '"'])
    for (const text of ['a', 'arXiv:', '10.1234/', 'https://arxiv.org/abs/'].map(
      (start) => start + filler.repeat(250_000),
    ))
      for (const read of [normalizeArxivId, normalizeDoi, identifierOfUrl, identifierOf, identifierWithin])
        expect(read(`${text}2510.10490`)).toBeNull()
})
