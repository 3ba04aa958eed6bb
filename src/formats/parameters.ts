import { z } from 'zod'
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
 * The parameters of an address that have a value, read by the schema that `/openapi.json` shows.
 *
 * @throws BadUserInput that names a parameter that is unknown, repeated, wrong or not text, and says what is allowed
 */
export function readParameters<Shape extends z.ZodRawShape>(
  parameters: URLSearchParams,
  schema: z.ZodObject<Shape>,
): z.output<z.ZodObject<Shape>> {
  const read: Record<string, string> = {}
  for (const [name, text] of parameters) {
    if (!Object.hasOwn(schema.shape, name)) {
      if (isAdded(name)) continue
      throw new BadUserInput(name, `There is no parameter "${name}". ${howToWrite(name, Object.keys(schema.shape))}`)
    }
    if (text === '') continue
    if (Object.hasOwn(read, name))
      throw new BadUserInput(name, `"${name}" may be given once only; separate several values by commas.`)
    if (!isText(text)) throw new BadUserInput(name, `"${name}" must be text without NUL characters, in UTF-8.`)
    read[name] = text
  }
  return checked(schema, read)
}

/**
 * The values of parameters that were found in some other way.
 *
 * @throws BadUserInput that names the first that is wrong, and says what is allowed
 */
export function checked<Schema extends z.ZodType>(schema: Schema, given: Record<string, string>): z.output<Schema> {
  const { error, data } = schema.safeParse(given)
  const [issue] = error?.issues ?? []
  if (issue) throw new BadUserInput(String(issue.path[0]), issue.message)
  return data as z.output<Schema>
}

// The schemas of parameters. An address has texts: a schema checks what its text means, which is also what is documented.

/** Checks what a function makes of the text; of a text that means nothing, it returns the text. */
export const meaning = <Schema extends z.ZodType>(read: (text: string) => unknown, schema: Schema) =>
  z.preprocess<unknown, Schema, string>(read, schema)

/** A whole number. */
export const wholeNumber = (name: string, from: number, to: number) => {
  const wanted = `"${name}" must be a whole number from ${from} to ${to}.`
  return meaning(
    (text) => (/^\d{1,9}$/.test(text) ? Number(text) : text),
    z.int(wanted).min(from, wanted).max(to, wanted),
  )
}

/** One of several names, in capital or small letters. */
export const oneOf = <const Names extends readonly string[]>(name: string, names: Names) =>
  meaning(
    (text) => names.find((one) => one.toLowerCase() === text.toLowerCase()) ?? text,
    z.enum(names, `"${name}" must be one of ${names.join(', ')}.`),
  )

/** What a function reads, which returns null for a text that it cannot read. */
export const form = <Value>(name: string, wanted: string, read: (text: string) => Value | null) =>
  z.string().transform((text, context): Value => {
    const value = read(text)
    if (value !== null) return value
    context.addIssue(`"${name}" must be ${wanted}.`)
    return z.NEVER
  })

/** The cursor of a page, as the page before it has it in its link to the next. */
export const AFTER = z.object({ after: z.string().optional() })

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
