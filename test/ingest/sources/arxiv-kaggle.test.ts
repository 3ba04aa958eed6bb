import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { parseKaggleLine } from '../../../src/ingest/sources/arxiv-kaggle.ts'
import { freshDatabase } from '../../support/database.ts'
import { directoryOf, importing } from '../fixtures.ts'

const line = {
  id: '0711.00420',
  submitter: null,
  authors: "Ilse M\\'arquez and Tomas Quine (Example Lab), Jr.",
  title: 'Tides of K\\"ahler\n  manifolds with $\\"x$',
  comments: null,
  'journal-ref': null,
  doi: null,
  'report-no': null,
  categories: 'math.DG hep-th',
  license: null,
  abstract: '  We study tides\nin M\\"obius bands.\n  A second paragraph.\n',
  versions: [
    { version: 'v10', created: 'Wed, 5 Mar 2008 04:28:27 GMT' },
    { version: 'v2', created: 'Tue, 24 Jul 2007 20:10:27 GMT' },
    { version: 'v1', created: 'Mon, 2 Apr 2007 19:18:42 GMT' },
  ],
  update_date: '2008-11-26',
  authors_parsed: [
    ['Márquez', 'Ilse', ''],
    ['Quine', 'Tomas', 'Jr.', 'Example Lab'],
    [':', '', ''],
    ['Tide Collaboration', '', ''],
  ],
}

test('a line', () => {
  expect(parseKaggleLine(line)).toEqual({
    source: 'arxiv',
    authority: 'ARXIV',
    asOf: '2008-11-26T00:00:00.000Z',
    arxivId: '0711.00420',
    doi: null,
    identifiers: [],
    title: 'Tides of Kähler manifolds with $\\"x$',
    abstract: 'We study tides in Möbius bands.\n\nA second paragraph.',
    publishedAt: '2007-04-02T19:18:42.000Z',
    updatedAt: '2008-03-05T04:28:27.000Z',
    withdrawnAt: null,
    authors: ['Ilse Márquez', 'Tomas Quine Jr.', 'Tide Collaboration'].map((name) => ({ name, account: null })),
    topics: [{ kind: 'CATEGORY', names: ['math.DG', 'hep-th'] }],
  })
})

test('without parsed authors, the printed list is read', () => {
  const { authors_parsed: _, ...old } = line
  expect(parseKaggleLine(old).authors?.map(({ name }) => name)).toEqual(['Ilse Márquez', 'Tomas Quine Jr.'])
})

test('an id of before 2007 loses its subject class, and of several DOIs the first one counts', () => {
  const old = { ...line, id: 'math.CO/9901016', doi: '10.48550/arXiv.math/9901016 10.1364/JOSAA.23.002578 10.1364/X.1' }
  expect(parseKaggleLine(old)).toMatchObject({
    arxivId: 'math/9901016',
    doi: '10.1364/josaa.23.002578',
    identifiers: [],
  })
})

test('authors withdraw a paper in the comments, with its last version', () => {
  const comments = 'This paper has been withdrawn by the authors\n  due to an error in Lemma 2.'
  expect(parseKaggleLine({ ...line, comments }).withdrawnAt).toBe('2008-03-05T04:28:27.000Z')
})

test('a version after the day of the last change is the moment of the facts', () => {
  expect(parseKaggleLine({ ...line, update_date: '2008-03-05' }).asOf).toBe('2008-03-05T04:28:27.000Z')
})

test.each<[string, unknown]>([
  ['The record must be an object, not an array.', []],
  ['id is the number 711.0042: it must be text, to keep its zeros.', { ...line, id: 711.0042 }],
  ['id is not an arXiv id: "7".', { ...line, id: '7' }],
  ['title is missing.', { ...line, title: undefined }],
  ['title is blank.', { ...line, title: ' \n' }],
  ['title is longer than 1000 characters.', { ...line, title: 'x'.repeat(1_001) }],
  ['abstract is longer than 20000 characters.', { ...line, abstract: '\\"o'.repeat(20_001) }],
  ['abstract is longer than 160000 characters.', { ...line, abstract: '\\'.repeat(160_001) }],
  ['authors_parsed[0][1] must be a string, not null.', { ...line, authors_parsed: [['Lin', null]] }],
  ['authors[0] is longer than 500 characters.', { ...line, authors_parsed: [['x'.repeat(501)]] }],
  [
    'versions[0].created is not a time such as "Mon, 2 Apr 2007 19:18:42 GMT": "2007-04-02".',
    { ...line, versions: [{ version: 'v1', created: '2007-04-02' }] },
  ],
  ['versions[0].version has an invalid value: "1".', { ...line, versions: [{ ...line.versions[0], version: '1' }] }],
  ['versions is empty.', { ...line, versions: [] }],
  ['update_date is not a day such as 2008-11-26: "2008-02-30".', { ...line, update_date: '2008-02-30' }],
])('%s', (message, record) => {
  expect(() => parseKaggleLine(record)).toThrow(new Error(message))
})

test('a file is imported, plain and compressed, and only its bad lines are left out', async () => {
  const { db, close } = await freshDatabase()
  const text = `${JSON.stringify(line)}\n{"id":\n${JSON.stringify({ ...line, id: 'x' })}\n${JSON.stringify({ ...line, id: 'hep-th/9901001' })}`
  const directory = await directoryOf({ 'arxiv-metadata-oai-snapshot.json': text, 'again.json.gz': gzipSync(text) })
  try {
    const { totals, problems } = await importing(db, 'arxiv-kaggle', [`${directory}/arxiv-metadata-oai-snapshot.json`])
    expect(totals).toMatchObject({ records: 3, created: 2, problems: 2 })
    expect(problems.map((problem) => problem.replace(/^.*\//, '').replace(/not JSON: .*/, 'not JSON: …'))).toEqual([
      'arxiv-metadata-oai-snapshot.json:2 It is not JSON: …',
      'arxiv-metadata-oai-snapshot.json:3 id is not an arXiv id: "x".',
    ])
    const again = await importing(db, 'arxiv-kaggle', [`${directory}/again.json.gz`])
    expect(again.totals).toMatchObject({ created: 0, updated: 0, unchanged: 2, problems: 2 })
  } finally {
    await close()
  }
})
