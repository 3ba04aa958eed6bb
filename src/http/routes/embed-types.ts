import { THEMES } from '../../formats/html/document.ts'
import { LAYOUTS } from '../../formats/html/look.ts'
import { PAPER_QUERY_PARAMETERS } from '../../formats/query-string.ts'
import { FILTER_FIELDS, type FilterKind } from '../../lists/filter-fields.ts'
import { PAPER_ORDERS } from '../../lists/paper-orders.ts'

/** The types in which a page gives the fields of a filter to the element. */
const TYPE_OF_KIND: { [Kind in FilterKind]: string } = {
  list: 'string | readonly string[]',
  papers: 'string | readonly string[]',
  day: 'string',
  moment: 'string',
  integer: 'number | string',
  flag: "boolean | 'true' | 'false' | ''",
  search: 'string',
}

const choice = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(' | ')

const SWITCH = TYPE_OF_KIND.flag

/** The other properties, with what they do. */
const OTHERS: Record<string, [type: string, description: string]> = {
  edition: ['string', 'The newest `day`, `week` or `month`, or one by its name, such as `2026-02-17`.'],
  orderBy: [choice(Object.keys(PAPER_ORDERS)), '`TRENDING` where it is not set.'],
  first: ['number | string', 'How many papers, at most 100.'],
  live: [SWITCH, 'Whether votes count as they are cast.'],
  subscribe: [SWITCH, 'Whether a form below sends the list by mail.'],
  heading: ['boolean | string', 'Shows the title of the list, or this text.'],
  headingLevel: ['number | string', 'From 1 to 6; 2 where it is not set.'],
  server: ['string', 'The server, for a copied or bundled script.'],
  theme: [choice(THEMES), 'Like the page where it is not set.'],
  layout: [choice(LAYOUTS), '`list` where it is not set.'],
  images: ["'on' | 'off'", 'Whether the list has pictures.'],
}

const TYPES: Record<string, [type: string, description: string]> = {
  ...Object.fromEntries(
    Object.entries(FILTER_FIELDS).map(([name, { kind }]) => [name, [TYPE_OF_KIND[kind], `\`${name}\` of the filter.`]]),
  ),
  ...OTHERS,
}

/** The names of the element's properties. */
export const ELEMENT_PROPERTIES: readonly string[] = [...new Set([...PAPER_QUERY_PARAMETERS, ...Object.keys(OTHERS)])]

const members = ELEMENT_PROPERTIES.map((name) => {
  const [type, description] = TYPES[name] ?? ['string', `\`${name}\` of the address.`]
  return `  /** ${description} */\n  ${name}?: ${type} | null`
}).join('\n')

/**
 * The types of the element for TypeScript, React and Vue, in one file. A page may have neither framework, so that a
 * declaration which its compiler cannot find is ignored: each is one line, because the comment reaches no further.
 */
export const EMBED_TYPES = `// Types of <daily-papers> for TypeScript, React (JSX) and Vue. Save this file in your project.

/** The properties of the element. They are attributes too, with hyphens: \`order-by\`. */
export interface DailyPapersProperties {
${members}
}

type Hyphened<Name extends string> = Name extends \`\${infer First}\${infer Rest}\`
  ? \`\${First extends Lowercase<First> ? First : \`-\${Lowercase<First>}\`}\${Hyphened<Rest>}\`
  : Name

/** The properties as attributes. */
export type DailyPapersAttributes = {
  [Name in keyof DailyPapersProperties as Hyphened<Name>]: DailyPapersProperties[Name]
}

/** What a template may set: both forms. */
export type DailyPapersProps = DailyPapersProperties & DailyPapersAttributes

export interface DailyPapersElement extends HTMLElement, DailyPapersProperties {}

declare global {
  interface HTMLElementTagNameMap {
    'daily-papers': DailyPapersElement
  }
}

// @ts-ignore: a project without React
declare module 'react' { namespace JSX { interface IntrinsicElements { 'daily-papers': DetailedHTMLProps<HTMLAttributes<DailyPapersElement>, DailyPapersElement> & DailyPapersProps } } }

// @ts-ignore: a project without Vue
declare module 'vue' { interface GlobalComponents { 'daily-papers': new () => { $props: DailyPapersProps & import('vue').HTMLAttributes } } }
`
