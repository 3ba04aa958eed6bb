import { expect, test } from 'vitest'
import type { InputProblem } from '../../../src/ingest/sources/input-files.ts'
import { readXml, textIn, type XmlElement } from '../../../src/ingest/sources/xml.ts'

const FORM = { roots: ['list'], called: 'a list', yielded: ['item'] }

/** The items of XML that comes in pieces of `size` bytes. */
async function reading(content: string | Uint8Array, size = Infinity) {
  const bytes = Buffer.from(content as string)
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const items: XmlElement[] = []
  const problems: string[] = []
  const report = ({ position, reason }: InputProblem) => problems.push(`${position ?? ''} ${reason}`)
  const file = { name: 'a.xml', bytes: 0, date: null, capturedAt: null }
  try {
    for await (const { element } of readXml({ file, bytes: pieces(), report }, FORM)) items.push(element)
  } catch (error) {
    problems.push(String(error))
  }
  return { items, titles: items.map((item) => textIn(item, 'title')), problems }
}

const item = (title: string) => `<item n="&quot;1"><title>${title}</title><x:empty/></item>`

test.each([1, 2, 7, Infinity])('pieces of %s bytes', async (size) => {
  const xml = `\ufeff<?xml version="1.0"?><!-- <item> --><y:list>${item(' é &amp; &#xe9; 𝛼 ')}<other>${item('<![CDATA[a<b>]]>c')}</other></y:list>`
  const { items, titles, problems } = await reading(xml, size)
  expect(problems).toEqual([])
  expect(titles).toEqual(['é & é 𝛼', 'a<b>c'])
  expect(items[0]?.attributes).toEqual({ n: '"1' })
  expect(items[0]?.children.map(({ name }) => name)).toEqual(['title', 'empty'])
})

test('several documents in one file', async () => {
  const xml = `<?xml version="1.0"?><list>${item('1')}</list>`
  expect(await reading(`${xml}\n${xml}`)).toMatchObject({ titles: ['1', '1'], problems: [] })
})

test.each([
  ['latin1', Buffer.from(`<?xml version='1.0' encoding='ISO-8859-1'?><list>${item('é')}</list>`, 'latin1')],
  ['utf16le', Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?><list>${item('é')}</list>`, 'utf16le')],
])('the declared encoding counts: %s', async (_, bytes) => {
  expect(await reading(bytes, 5)).toMatchObject({ titles: ['é'], problems: [] })
})

test.each([
  ['', ' It is empty.'],
  [' \n', ' It is empty.'],
  ['{"items":[]}', ' It is not XML.'],
  ['<html><body>', 'UnreadableInput: It must be a list, not <html>.'],
  ['<?xml version="1.0" encoding="klingon"?><list/>', 'UnreadableInput: Its encoding "klingon" is not known.'],
  [`<list>${'<a>'.repeat(300)}`, 'UnreadableInput: The XML has more than 256 levels.'],
  [`<list a="${'x'.repeat(2 ** 20)}`, 'UnreadableInput: It has a tag or a comment of more than 1 MiB.'],
])('a file that has no items is one problem: %.20s', async (xml, problem) => {
  expect(await reading(xml)).toMatchObject({ titles: [], problems: [problem] })
})

test.each([
  ['cut off in an item', `${item('1')}<item><title>2`, ['1'], [' The XML is cut off.']],
  ['cut off after an item', item('1'), ['1'], [' The XML is cut off.']],
  ['a title without its end', `<item><title>1</item>${item('2')}</list>`, ['2'], ['1 The element <title> has no end.']],
  ['an item without its end', `<item><title>1</title>${item('2')}</list>`, ['2'], ['1 The element <item> has no end.']],
  [
    'an item that is too long',
    `${item('x'.repeat(17 * 2 ** 20))}${item('2')}</list>`,
    ['2'],
    ['1 It is longer than 16 MiB.'],
  ],
])('damage costs only the items that it is in: %s', async (_, xml, titles, problems) => {
  expect(await reading(`<list>${xml}`, 65_536)).toMatchObject({ titles, problems })
})

test('bytes that are no character cost only their item', async () => {
  const bytes = Buffer.concat([
    Buffer.from(`<list>${item('1')}`),
    Buffer.from(item('é'), 'latin1'),
    Buffer.from(`${item('3')}</list>`),
  ])
  expect(await reading(bytes)).toMatchObject({
    titles: ['1', '3'],
    problems: ['2 It has bytes that are not text in the encoding of the file.'],
  })
})
