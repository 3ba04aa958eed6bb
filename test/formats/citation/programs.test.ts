import { execFile, spawnSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeBibtex } from '../../../src/formats/citation/bibtex.ts'
import { writeRis } from '../../../src/formats/citation/ris.ts'
import { temporaryDirectory } from '../../support/directory.ts'
import { cited, randomPapers } from './cited-papers.ts'

// What biber and bibutils read in the citations.

const run = promisify(execFile)
const isHere = (command: string, option: string) => spawnSync(command, [option]).error === undefined

const PAPERS = [
  ...randomPapers(40),
  ...['yuelin bai', 'Hal Daumé III', 'The ATLAS Collaboration', '王小明', 'OpenAI'].map((name, place) => ({
    ...cited({ title: 'A formula $E = mc^2$, and {braces}', authors: [name, 'Ada Lovelace'] }),
    number: 100 + place,
    arxivId: `2602.0000${place}`,
    identifiers: [{ scheme: 'arxiv', value: `2602.0000${place}` }],
  })),
]

let directory: string
beforeAll(async () => {
  directory = await temporaryDirectory('citations')
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const parser = new XMLParser({
  ignoreAttributes: false,
  removeNSPrefix: true,
  parseTagValue: false,
  isArray: (name) => ['entry', 'name', 'namepart', 'mods', 'namePart', 'identifier'].includes(name),
})

// biome-ignore lint/suspicious/noExplicitAny: XML of any shape
type Xml = any

/** The text of an element that may have others or attributes. */
const textOf = (element: Xml): string => {
  if (typeof element === 'string') return element
  if (Array.isArray(element)) return element.map(textOf).join(' ')
  return element['#text'] ?? textOf(element.namepart)
}
/** Programs set spaces and full stops as they like, and biber keeps braces. */
const plain = (name: string): string => name.replace(/[\s.,{}]/g, '')

const hasBiber = isHere('biber', '--version')
if (!hasBiber) console.warn('skipped: no biber here to read BibTeX')

test.runIf(hasBiber)('biber reads each entry of BibTeX without a warning', async () => {
  const [from, to] = [join(directory, 'papers.bib'), join(directory, 'papers.xml')]
  await writeFile(from, writeBibtex(PAPERS))
  const args = ['--tool', '--output-format=biblatexml', `--output-file=${to}`, from]
  const { stdout } = await run('biber', args, { cwd: directory })
  expect(stdout).not.toMatch(/WARN|ERROR/)
  const { entry } = parser.parse(await readFile(to, 'utf8')).entries
  const read = entry.map(({ eprint, date, names }: Xml) => {
    const partsOf = ({ namepart }: Xml) => new Map(namepart.map((part: Xml) => [part['@_type'], textOf(part)]))
    return {
      eprint,
      date,
      names: names.name.map((name: Xml) => {
        const parts = partsOf(name)
        return plain(['given', 'prefix', 'family', 'suffix'].map((part) => parts.get(part) ?? '').join(''))
      }),
    }
  })
  expect(read).toEqual(
    PAPERS.map(({ arxivId, publishedAt, authors }) => ({
      eprint: arxivId,
      date: publishedAt.slice(0, 4),
      names: authors.map(plain),
    })),
  )
})

const hasBibutils = isHere('ris2xml', '--version')
if (!hasBibutils) console.warn('skipped: no bibutils here to read RIS')

test.runIf(hasBibutils)('bibutils reads each record of RIS', async () => {
  const file = join(directory, 'papers.ris')
  await writeFile(file, writeRis(PAPERS))
  const { stdout } = await run('ris2xml', [file])
  const { mods } = parser.parse(stdout).modsCollection
  const read = mods.map(({ titleInfo, originInfo, identifier, name }: Xml) => ({
    title: titleInfo.title,
    year: originInfo.dateIssued.slice(0, 4),
    arxivId: textOf(identifier.find((one: Xml) => one['@_type'] === 'arXiv')),
    first: plain(
      ['given', 'family', 'suffix']
        .flatMap((type) => name[0].namePart.filter((part: Xml) => (part['@_type'] ?? 'family') === type).map(textOf))
        .join(''),
    ),
  }))
  expect(read).toEqual(
    PAPERS.map(({ title, publishedAt, arxivId, authors }) => ({
      title,
      year: publishedAt.slice(0, 4),
      arxivId,
      first: plain(authors[0] as string),
    })),
  )
})
