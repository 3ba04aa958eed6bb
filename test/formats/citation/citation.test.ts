import { Cite } from '@citation-js/core'
import '@citation-js/plugin-bibtex'
import { describe, expect, test } from 'vitest'
import { writeBibtex } from '../../../src/formats/citation/bibtex.ts'
import { type CitedPaper, citationKey, citedAddress, citedDoi } from '../../../src/formats/citation/citation.ts'
import { writeCslJson } from '../../../src/formats/citation/csl-json.ts'
import { personalName } from '../../../src/formats/citation/personal-name.ts'
import { writeRis } from '../../../src/formats/citation/ris.ts'
import { ATTENTION, cited, randomPapers } from './cited-papers.ts'

const fieldOf = (name: string, changes: Partial<CitedPaper>) =>
  new RegExp(`^  ${name} = \\{(.*)\\},$`, 'm').exec(writeBibtex([cited(changes)]))?.[1]

/** What an independent parser reads. */
function parsed(bibtex: string) {
  return new Cite(bibtex).data.map(({ title = '', author = [], issued }) => ({
    title: title.replace(/<\/?span[^>]*>/g, ''),
    year: issued?.['date-parts']?.[0]?.[0],
    authors: author.map(
      (name) =>
        name.literal ??
        [name.given, name['dropping-particle'], name['non-dropping-particle'], name.family, name.suffix]
          .filter(Boolean)
          .join(' '),
    ),
  }))
}

describe('BibTeX', () => {
  test('has the fields of arXiv', () => {
    expect(writeBibtex([ATTENTION])).toBe(`@misc{vaswani2017-1706.03762,
  title = {Attention Is All You Need},
  author = {Vaswani, Ashish and Kaiser, {\\L}ukasz},
  year = {2017},
  eprint = {1706.03762},
  archivePrefix = {arXiv},
  primaryClass = {cs.CL},
  url = {https://arxiv.org/abs/1706.03762},
}
`)
  })

  test('names the DOI of a publisher, and that a paper was withdrawn', () => {
    const doi = '10.1000/(sici)1097<1::aid-{x}>3.0.co;2-#'
    const changes = { arxivId: null, doi, categories: [], withdrawnAt: '2025-01-02T00:00:00.000Z' }
    expect(fieldOf('doi', changes)).toBe('10.1000/(sici)1097<1::aid-%7Bx%7D>3.0.co;2-#')
    expect(fieldOf('url', changes)).toBe('https://doi.org/10.1000/(sici)1097%3C1::aid-%7Bx%7D%3E3.0.co;2-%23')
    expect(fieldOf('note', changes)).toBe('Withdrawn on 2025-01-02')
    expect(writeBibtex([cited(changes)])).not.toMatch(/eprint|archivePrefix|primaryClass/)
  })

  test.each([
    ['V-Net for Fine-Tuning a Text-to-3D model', '{V-Net} for Fine-Tuning a {Text-to-3D} model'],
    ['A study of BERT and GPT-4', 'A study of {BERT} and {GPT-4}'],
    ['Learning from X', 'Learning from {X}'],
    ['100 % of Q&A_s cost $5 #1', '100 \\% of {Q\\&A\\_s} cost \\$5 \\#1'],
    ['Solving $\\mathcal{N}=4$ at $x_1$', 'Solving {$\\mathcal{N}=4$} at {$x_1$}'],
    ['Read $\\input{/etc/passwd}$', 'Read \\$\\textbackslash{}input\\textbraceleft{}/etc/passwd\\textbraceright{}\\$'],
    ['An open brace { and a\\b', 'An open brace \\textbraceleft{} and a\\textbackslash{}b'],
    ['Half a formula $x_{1$ here', 'Half a formula \\$x\\_\\textbraceleft{}1\\$ here'],
    [
      'x^2 ~ naïve Gödel, Việt, Ørsted, Ångström',
      'x\\textasciicircum{}2 \\textasciitilde{} na{\\"i}ve G{\\"o}del, Vi{\\d{ê}}t, {\\O}rsted, {\\r{A}}ngstr{\\"o}m',
    ],
    ['Łódź, Erdős and Șerban', "{\\L}{\\'o}d{\\'z}, Erd{\\H{o}}s and Șerban"],
    ['注意力 и внимание', '注意力 и внимание'],
  ])('writes the title %s', (title, tex) => {
    expect(fieldOf('title', { title })).toBe(tex)
  })

  test.each([
    ['Ludwig van Beethoven', 'van Beethoven, Ludwig'],
    ['Wen-tau Yih', 'Yih, Wen-tau'],
    ['yuelin bai', '{bai}, yuelin'],
    ['Flor Miriam Plaza-del-Arco', '{Plaza-del-Arco}, Flor Miriam'],
    ['Hal Daumé III', "Daum{\\'e}, III, Hal"],
    ['Sammy Davis, Jr.', 'Davis, Jr., Sammy'],
    ['OpenAI', 'OpenAI'],
    ['others', '{others}'],
    ['The ATLAS Collaboration', '{The ATLAS Collaboration}'],
    ['Simon and Garfunkel', '{Simon and Garfunkel}'],
    ['王小明', '王小明'],
    ['  danah   boyd ', '{boyd}, danah'],
  ])('writes the name %s', (name, tex) => {
    expect(fieldOf('author', { authors: [name] })).toBe(tex)
  })

  test('an independent parser reads the titles, authors and years that were written', () => {
    const papers = randomPapers(500)
    expect(parsed(writeBibtex(papers))).toEqual(
      papers.map(({ title, authors, publishedAt }) => ({ title, authors, year: Number(publishedAt.slice(0, 4)) })),
    )
  })
})

test('RIS has a tag a line, and ends each record', () => {
  expect(
    writeRis([ATTENTION, cited({ authors: ['Hal Daumé III', 'Google Research'], arxivId: null, doi: '10.1/x' })]).split(
      '\r\n',
    ),
  ).toEqual([
    'TY  - UNPB',
    'ID  - vaswani2017-1706.03762',
    'TI  - Attention Is All You Need',
    'AU  - Vaswani, Ashish',
    'AU  - Kaiser, Łukasz',
    'PY  - 2017',
    'DA  - 2017/06/12',
    'PB  - arXiv',
    'M1  - arXiv:1706.03762',
    'DO  - 10.48550/arXiv.1706.03762',
    'UR  - https://arxiv.org/abs/1706.03762',
    'KW  - cs.CL',
    'KW  - cs.LG',
    'KW  - transformers',
    'AB  - The dominant models are complex.',
    'ER  - ',
    '',
    'TY  - GEN',
    'ID  - daume2017-1706.03762',
    'TI  - Attention Is All You Need',
    'AU  - Daumé, Hal, III',
    'AU  - Google Research',
    'PY  - 2017',
    'DA  - 2017/06/12',
    'DO  - 10.1/x',
    'UR  - https://doi.org/10.1/x',
    'KW  - cs.CL',
    'KW  - cs.LG',
    'KW  - transformers',
    'AB  - The dominant models are complex.',
    'ER  - ',
    '',
  ])
})

test('CSL-JSON has an item a paper', () => {
  expect(JSON.parse(writeCslJson([cited({ authors: ['Ludwig van Beethoven', 'OpenAI'] })]))).toEqual([
    {
      id: 'beethoven2017-1706.03762',
      type: 'article',
      title: 'Attention Is All You Need',
      author: [{ family: 'Beethoven', given: 'Ludwig', 'non-dropping-particle': 'van' }, { literal: 'OpenAI' }],
      issued: { 'date-parts': [[2017, 6, 12]] },
      publisher: 'arXiv',
      number: 'arXiv:1706.03762',
      DOI: '10.48550/arXiv.1706.03762',
      URL: 'https://arxiv.org/abs/1706.03762',
      abstract: 'The dominant models\nare complex.',
    },
  ])
})

describe('the key of a paper', () => {
  test.each([
    [{}, 'vaswani2017-1706.03762'],
    [{ authors: ['Łukasz Ørsted-Åse'] }, 'orstedase2017-1706.03762'],
    [{ authors: [] }, 'anonymous2017-1706.03762'],
    [{ authors: ['王小明'] }, 'anonymous2017-1706.03762'],
    [{ identifiers: [{ scheme: 'arxiv', value: 'cmp-lg/9404001' }] }, 'vaswani2017-cmp-lg-9404001'],
    [{ identifiers: [{ scheme: 'doi', value: '10.1/x' }] }, 'vaswani2017-p7'],
    // Known by its DOI first: the arXiv id came later.
    [
      {
        identifiers: [
          { scheme: 'arxiv', value: '1706.03762' },
          { scheme: 'feed', value: 'doi:10.1/x' },
        ],
      },
      'vaswani2017-p7',
    ],
  ])('%j is %s', (changes, key) => {
    expect(citationKey(cited(changes))).toBe(key)
  })
})

test('a paper is cited where it was published', () => {
  expect(citedDoi(cited({ doi: '10.1/x' }))).toBe('10.1/x')
  expect(citedDoi(cited({ arxivId: null }))).toBeNull()
  expect(citedAddress(cited({ arxivId: null, doi: null }))).toBe(ATTENTION.url)
})

test('parts of names', () => {
  expect(personalName('Maria de la Cruz Jr.')).toEqual({
    given: 'Maria',
    particle: 'de la',
    family: 'Cruz',
    suffix: 'Jr.',
  })
  expect(personalName('IBM Research')).toEqual({ literal: 'IBM Research' })
})
