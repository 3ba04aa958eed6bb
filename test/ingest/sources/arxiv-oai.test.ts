import { expect, test } from 'vitest'
import type { PaperEntry } from '../../../src/ingest/entry.ts'
import { freshDatabase } from '../../support/database.ts'
import { directoryOf, importing, parsing } from '../fixtures.ts'

const header = (id: string, day = '2026-11-13', status = '') =>
  `<header${status}><identifier>oai:arXiv.org:${id}</identifier><datestamp>${day}</datestamp><setSpec>cs:cs:LG</setSpec></header>`

const response = (...records: string[]) => `<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-14T02:00:00Z</responseDate>
<request verb="ListRecords" metadataPrefix="arXiv">http://oaipmh.arxiv.org/oai</request>
<ListRecords>${records.join('\n')}<resumptionToken cursor="0">1|1001</resumptionToken></ListRecords></OAI-PMH>
`

const PARTS = {
  id: '2611.04217',
  created: '2026-11-09',
  updated: '2026-11-12',
  authors: `<author><keyname>Array</keyname><forenames>Keck</forenames></author><author><keyname>:</keyname></author>
<author><keyname>M\\'arquez</keyname><forenames>Ilse</forenames><affiliation>Lab</affiliation></author>
<author><keyname>Qu&#xef;ne</keyname><forenames>Tomas</forenames><suffix>Jr</suffix></author><author><keyname>Madonna</keyname></author>`,
  title: 'Tides &amp; K\\"ahler\n  manifolds',
  categories: 'cs.LG hep-th',
  comments: '12 pages',
  doi: '10.1000/ABC, 10.1000/DEF',
  abstract: '  One.\n  Two.\n',
}
const record = (parts: Partial<Record<keyof typeof PARTS, string>> = {}, day = '2026-11-13') => {
  const all = { ...PARTS, ...parts }
  const metadata = Object.entries(all).map(([name, text]) => (text === '' ? '' : `<${name}>${text}</${name}>`))
  return `<record>${header(all.id, day)}<metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/">${metadata.join('')}</arXiv></metadata></record>`
}

const version = (number: string, date: string, size = '12kb', type = '') =>
  `<version version="${number}"><date>${date}</date><size>${size}</size>${type && `<source_type>${type}</source_type>`}</version>`
const raw = (...versions: string[]) =>
  `<record>${header('2611.04217')}<metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2611.04217</id><submitter>Ilse</submitter>${versions.join('')}<title>Tides</title><authors>Ilse M\\'arquez (Lab), Tomas Quine</authors><categories>cs.LG</categories><abstract>One.</abstract></arXivRaw></metadata></record>`

const FIRST = version('v1', 'Mon, 9 Nov 2026 17:59:37 GMT')
const SECOND = version('v2', 'Tue, 10 Nov 2026 08:00:00 GMT')
const TENTH = version('v10', 'Thu, 12 Nov 2026 08:00:00 GMT')
const namesOf = (entry: unknown) => (entry as PaperEntry).authors?.map(({ name }) => name)

test('a record of the prefix arXiv', async () => {
  const { entries, problems } = await parsing('arxiv-oai', { 'a.xml': response(record()) })
  expect(problems).toEqual([])
  expect(entries).toEqual([
    {
      source: 'arxiv',
      authority: 'ARXIV',
      asOf: '2026-11-13T00:00:00.000Z',
      arxivId: '2611.04217',
      doi: '10.1000/abc',
      identifiers: [],
      title: 'Tides & Kähler manifolds',
      abstract: 'One.\n\nTwo.',
      publishedAt: '2026-11-09T00:00:00.000Z',
      updatedAt: '2026-11-12T00:00:00.000Z',
      withdrawnAt: null,
      authors: ['Keck Array', 'Ilse Márquez', 'Tomas Quïne Jr', 'Madonna'].map((name) => ({ name, account: null })),
      topics: [{ kind: 'CATEGORY', names: ['cs.LG', 'hep-th'] }],
      publishedAtIs: 'DAY',
    },
  ])
})

test('a paper of one version, with an old id', async () => {
  const { entries } = await parsing('arxiv-oai', { 'a.xml': response(record({ id: 'cmp-lg/9404001', updated: '' })) })
  expect(entries).toMatchObject([{ arxivId: 'cmp-lg/9404001', updatedAt: '2026-11-09T00:00:00.000Z' }])
})

test('versions of the prefix arXivRaw are ordered by their numbers', async () => {
  const { entries, problems } = await parsing('arxiv-oai', { 'a.xml': response(raw(TENTH, FIRST, SECOND)) })
  expect(problems).toEqual([])
  expect(entries).toMatchObject([
    { publishedAt: '2026-11-09T17:59:37.000Z', updatedAt: '2026-11-12T08:00:00.000Z', withdrawnAt: null },
  ])
  expect(namesOf(entries[0])).toEqual(['Ilse Márquez', 'Tomas Quine'])
})

test.each([
  ['the type I', version('v2', 'Tue, 10 Nov 2026 08:00:00 GMT', '1kb', 'I')],
  ['no size', version('v2', 'Tue, 10 Nov 2026 08:00:00 GMT', '0kb')],
])('a last version with %s is a withdrawal', async (_, last) => {
  const { entries } = await parsing('arxiv-oai', { 'a.xml': response(raw(last, FIRST), raw(last, FIRST, TENTH)) })
  expect(entries).toMatchObject([{ withdrawnAt: '2026-11-10T08:00:00.000Z' }, { withdrawnAt: null }])
})

test.each([
  [true, 'This paper has been withdrawn', 'One.'],
  [true, 'Withdrawn', 'One.'],
  [true, '3 pages. This submission is withdrawn by the author due to an error', 'One.'],
  [true, 'The authors have withdrawn this paper', 'One.'],
  [true, '', '  This paper has been temporarily\n withdrawn by the authors.'],
  [true, '', 'Withdrawn by arXiv administrators'],
  [false, 'Withdrawn from ICLR 2026', 'One.'],
  [false, 'this replaces math/9901016, which was withdrawn', 'One.'],
  [false, '', 'We study drugs. This work was withdrawn from the market, as this paper has been withdrawn.'],
])('withdrawn is %s: %j, %j', async (isWithdrawn, comments, abstract) => {
  const { entries } = await parsing('arxiv-oai', { 'a.xml': response(record({ comments, abstract })) })
  expect(entries).toMatchObject([{ withdrawnAt: isWithdrawn ? '2026-11-12T00:00:00.000Z' : null }])
})

test('errors of the server and records that cannot be used are reported, and the others are read', async () => {
  const error = '<OAI-PMH><error code="badResumptionToken">It has\n expired</error></OAI-PMH>'
  const other = `<record>${header('1')}<metadata><oai_dc:dc><dc:title>One</dc:title></oai_dc:dc></metadata></record>`
  const { entries, problems } = await parsing('arxiv-oai', {
    'a.xml': error,
    'b.xml': response(
      other,
      `<record>${header('1')}</record>`,
      record({ title: '' }),
      record({ created: '2026-02-30' }),
      raw(),
      raw(version('1', 'Mon, 9 Nov 2026 17:59:37 GMT')),
      raw(version('v1', '2026-11-09')),
      `<record>${header('nonsense', '2026-11-13', ' status="deleted"')}</record>`,
      record(),
    ),
  })
  expect(entries).toHaveLength(1)
  expect(problems).toEqual([
    'a.xml: It is an error of the server: badResumptionToken, It has expired.',
    'b.xml:1 metadata must hold <arXiv> or <arXivRaw>, not <dc>.',
    'b.xml:2 metadata must hold <arXiv> or <arXivRaw>, not nothing.',
    'b.xml:3 title is missing.',
    'b.xml:4 created is not a day such as 2007-04-02: "2026-02-30".',
    'b.xml:5 version is missing.',
    'b.xml:6 version must have a number such as v1.',
    'b.xml:7 date is not a time such as "Mon, 2 Apr 2007 19:18:42 GMT": "2026-11-09".',
    'b.xml:8 id is not an arXiv id: "nonsense".',
  ])
})

test('a deleted record withdraws a paper that is known, and a later version ends it', async () => {
  const { db, close } = await freshDatabase()
  const deleted = (id: string) => `<record>${header(id, '2026-11-13', ' status="deleted"')}</record>`
  const again = record({ updated: '2026-11-15' }, '2026-11-15')
  const directory = await directoryOf({
    '1.xml': response(record(), record({ id: '2611.00002', doi: '' }), deleted('2611.04217'), deleted('2611.99999')),
    '2.xml': response(record()),
    '3.xml': response(again),
    '4.xml': response(deleted('2611.04217')),
  })
  const run = async (name: string) => (await importing(db, 'arxiv-oai', [`${directory}/${name}`])).totals
  const withdrawn = async () =>
    (await db.execute('select arxiv_id, withdrawn_at from papers where withdrawn_at is not null')).map(
      (row) => `${row.arxiv_id} ${row.withdrawn_at}`,
    )
  try {
    expect(await run('1.xml')).toMatchObject({ records: 4, created: 2, updated: 1, unchanged: 1, problems: 0 })
    expect(await withdrawn()).toEqual(['2611.04217 2026-11-13 00:00:00+00'])
    expect(await run('1.xml')).toMatchObject({ created: 0, updated: 0, unchanged: 4 })
    expect(await run('2.xml')).toMatchObject({ updated: 0, unchanged: 1 })
    expect(await withdrawn()).toHaveLength(1)
    expect(await run('3.xml')).toMatchObject({ updated: 1 })
    expect(await withdrawn()).toEqual([])
    expect(await run('4.xml')).toMatchObject({ updated: 0, unchanged: 1 })
    expect(await withdrawn()).toEqual([])
  } finally {
    await close()
  }
})

test('the last page, several records in one GetRecord, and a record alone', async () => {
  const last = response(record()).replace(/<resumptionToken.*<\/resumptionToken>/, '<resumptionToken cursor="1000"/>')
  const single = `<OAI-PMH><GetRecord>${record()}${record({ id: 'cmp-lg/9404001' })}</GetRecord></OAI-PMH>`
  const { entries, problems } = await parsing('arxiv-oai', { 'a.xml': last, 'b.xml': single, 'c.xml': record() })
  expect(problems).toEqual([])
  expect(entries.map((entry) => (entry as PaperEntry).arxivId)).toEqual([
    '2611.04217',
    '2611.04217',
    'cmp-lg/9404001',
    '2611.04217',
  ])
})

test('hundreds of authors keep their order, and a paper has many categories', async () => {
  const names = Array.from({ length: 664 }, (_, place) => `Name${place}`)
  const authors = names.map((name) => `<author><keyname>${name}</keyname><forenames>A.</forenames></author>`).join('')
  const categories = 'cs.LG cs.AI cs.CL cs.CV cs.RO stat.ML math.ST physics.data-an q-bio.NC eess.SP cs.LG'
  const { entries } = await parsing('arxiv-oai', { 'a.xml': response(record({ authors, categories })) })
  expect(namesOf(entries[0])).toEqual(names.map((name) => `A. ${name}`))
  expect(entries).toMatchObject([{ topics: [{ kind: 'CATEGORY', names: categories.split(' ').slice(0, -1) }] }])
})
