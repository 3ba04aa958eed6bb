import { isArxivCategory } from './slugs.ts'

/** A remote source that an instance keeps itself current with, as `SYNC` names it. */
export type SyncSource =
  | { kind: 'hf-daily'; name: 'hf-daily' }
  | { kind: 'arxiv'; name: string; category: string }
  | { kind: 'feed'; name: string; url: string }

const FORMS = 'hf-daily, arxiv:CATEGORY such as arxiv:cs.CL, or feed:ADDRESS such as feed:https://example.org/feed.xml'

/** Reads a list such as `hf-daily,arxiv:cs.CL,feed:https://example.org/feed.xml`, and says what is wrong with it. */
export function readSyncSources(text: string): { sources: SyncSource[]; problems: string[] } {
  const sources = new Map<string, SyncSource>()
  const problems: string[] = []
  for (const name of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const source = readSource(name)
    if (typeof source === 'string') problems.push(source)
    else sources.set(source.name, source)
  }
  if (sources.size === 0 && problems.length === 0) problems.push(`it must name sources: ${FORMS}.`)
  return { sources: [...sources.values()], problems }
}

function readSource(name: string): SyncSource | string {
  if (name === 'hf-daily') return { kind: 'hf-daily', name }
  const [, kind, value = ''] = /^(arxiv|feed):(.*)$/s.exec(name) ?? []
  if (kind === 'arxiv') {
    const category = categoryNamed(value)
    return category === null
      ? `"${name}" does not name a category of arXiv, such as arxiv:cs.CL.`
      : { kind, name: `arxiv:${category}`, category }
  }
  if (kind === 'feed') {
    const url = URL.canParse(value) ? new URL(value) : null
    if (url === null || !/^https?:$/.test(url.protocol))
      return `"${name}" does not name an http or https address, such as feed:https://example.org/feed.xml.`
    if (url.username !== '' || url.password !== '')
      return `the address of feed:${url.host} must not have a user name or a password.`
    url.hash = ''
    return { kind, name: `feed:${url.href}`, url: url.href }
  }
  return `"${name}" is not a source: a source is ${FORMS}. Write a comma in an address as %2C.`
}

/** The category as arXiv writes it; null if there is none. */
function categoryNamed(text: string): string | null {
  if (!isArxivCategory(text)) return null
  const [archive = '', group] = text.split('.')
  if (group === undefined) return archive.toLowerCase()
  // `cs.CL`, but `cond-mat.str-el` and `physics.optics`.
  const isWord = group.length > 2
  return `${archive.toLowerCase()}.${isWord ? group.toLowerCase() : group.toUpperCase()}`
}

/** The set of arXiv's OAI-PMH interface that has the papers of a category. */
export function oaiSetOf(category: string): string {
  const [archive = ''] = category.split('.')
  const group = ['cs', 'econ', 'eess', 'math', 'q-bio', 'q-fin', 'stat'].includes(archive) ? archive : 'physics'
  return `${group}:${category.replace('.', ':')}`
}
