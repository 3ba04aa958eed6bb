import { Parser } from 'htmlparser2'

const BLOCKS = new Set(
  'address article blockquote br dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre section table td tr ul'.split(
    ' ',
  ),
)
const INVISIBLE = new Set(['script', 'style', 'template'])

/** The text of a piece of HTML, with blank lines between its blocks. Text without tags and entities stays as it is. */
export function htmlToText(html: string): string {
  if (!/<[a-z!/]|&[#a-z]/i.test(html)) return html
  let text = ''
  let invisible = 0
  const parser = new Parser({
    onopentagname(name) {
      if (INVISIBLE.has(name)) invisible += 1
      if (BLOCKS.has(name)) text += '\n\n'
    },
    ontext(part) {
      if (invisible === 0) text += part
    },
    onclosetag(name) {
      if (INVISIBLE.has(name)) invisible -= 1
      if (BLOCKS.has(name)) text += '\n\n'
    },
  })
  parser.end(html)
  return text
}
