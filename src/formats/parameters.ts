import { BadUserInput } from '../values/errors.ts'
import { isStorable } from '../values/storable.ts'

/**
 * Parameters that caches, newsletters, advertisements and social networks add to addresses; also all that begin with
 * `utm_`. They are ignored. The list is closed, and `schema/README.md` has it, because any other unknown parameter may be a
 * misspelled filter, without which a list would show too much.
 */
export const ADDED_PARAMETERS: readonly string[] = [
  ...['_', 'nocache', 'dnt', 'ref'],
  ...['fbclid', 'gclid', 'gbraid', 'wbraid', 'dclid', 'msclkid', 'twclid', 'ttclid', 'yclid', 'igshid'],
  ...['_ga', '_gl', '_hsenc', '_hsmi', 'mc_cid', 'mc_eid', 'mkt_tok'],
]

function isAdded(name: string): boolean {
  const plain = withoutEscapes(name).toLowerCase()
  return plain.startsWith('utm_') || ADDED_PARAMETERS.includes(plain)
}

/**
 * The parameters of an address that have a value.
 *
 * @throws BadUserInput that names a parameter that is unknown, repeated or not text, and says what is allowed
 */
export function readParameters(parameters: URLSearchParams, known: readonly string[]): Map<string, string> {
  const read = new Map<string, string>()
  for (const [name, text] of parameters) {
    if (!known.includes(name)) {
      if (isAdded(name)) continue
      throw new BadUserInput(name, `There is no parameter "${name}". ${howToWrite(name, known)}`)
    }
    if (text === '') continue
    if (read.has(name))
      throw new BadUserInput(name, `"${name}" may be given once only; separate several values by commas.`)
    if (!isText(text)) throw new BadUserInput(name, `"${name}" must be text without NUL characters, in UTF-8.`)
    read.set(name, text)
  }
  return read
}

/** Whether a value of an address is text that can be stored. Decoding puts U+FFFD where the bytes were not UTF-8. */
export const isText = (text: string): boolean => isStorable(text) && !text.includes('\ufffd')

/** What to write instead of an unknown parameter, if it is a known one in the way of HTML or PHP. */
function howToWrite(name: string, known: readonly string[]): string {
  const plain = withoutEscapes(name)
  if (plain !== name) return `The address has "&amp;" where "&" belongs: write &${plain}=.`
  const [, list] = /^(.+)\[\w*\]$/.exec(name) ?? []
  if (list !== undefined && known.includes(list))
    return `Write "${list}" once and without brackets, with commas between several values: topics=agents,cs.cl.`
  return `Allowed are ${known.join(', ')}.`
}

/** The name in `&amp;name=`, which is an address copied from HTML. */
const withoutEscapes = (name: string): string => name.replace(/^(?:amp;)+/i, '')
