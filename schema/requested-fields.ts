import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'
import { PAPER_PARTS, type PaperPart, type PaperParts, TEXT_COLUMNS } from '../src/queries/paper-parts.ts'

/** The part of a resolver's info with the selected fields. */
type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>

/**
 * The fields selected inside other fields, by name: under any alias, on any type, and also where a directive may skip them.
 * So it contains at least what is selected. Each fragment is read once: twenty fragments that spread each other twice would
 * otherwise be read a million times.
 */
function fieldsWithin(nodes: readonly FieldNode[], fragments: Info['fragments']): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const spread = new Set<string>()
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value
        const known = fields.get(name)
        if (known) known.push(selection)
        else fields.set(name, [selection])
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value)
        const fragment = fragments[selection.name.value]
        if (fragment) collect(fragment.selectionSet)
      }
    }
  }
  for (const { selectionSet } of nodes) if (selectionSet) collect(selectionSet)
  return fields
}

/** The fields that rows included with a paper can resolve. If any other field is selected, a loader reads the rows. */
const INCLUDED_FIELDS = {
  organization: new Set(['__typename', 'id', 'slug', 'name', 'avatarUrl', 'url']),
  submitter: new Set(['__typename', 'id', 'handle', 'name', 'avatarUrl', 'url']),
  author: new Set(['__typename', 'id', 'slug', 'name', 'url']),
  topic: new Set(['__typename', 'id', 'kind', 'slug', 'name', 'url']),
}

/** The parts that an operation selects of papers. `nodes` are the fields that return the papers. */
function requestedParts(nodes: readonly FieldNode[], fragments: Info['fragments']): PaperParts {
  const fields = fieldsWithin(nodes, fragments)
  const within = (...names: string[]) =>
    names.reduce<readonly FieldNode[]>((found, name) => fieldsWithin(found, fragments).get(name) ?? [], nodes)
  const selectsOnly = (known: ReadonlySet<string>, ...selected: (readonly FieldNode[])[]) =>
    selected.every((nodes) => [...fieldsWithin(nodes, fragments).keys()].every((name) => known.has(name)))
  const selected: Record<PaperPart, boolean> = {
    // For a field that is computed from a text, `textsOf` would read the text by another statement: name it here, too.
    texts: fields.has('citation') || TEXT_COLUMNS.some((name) => fields.has(name)),
    organization: fields.has('organization') && selectsOnly(INCLUDED_FIELDS.organization, within('organization')),
    submitter: fields.has('submittedBy') && selectsOnly(INCLUDED_FIELDS.submitter, within('submittedBy')),
    authors:
      fields.has('authors') &&
      selectsOnly(INCLUDED_FIELDS.author, within('authors', 'nodes'), within('authors', 'edges', 'node')),
    topics: fields.has('topics') && selectsOnly(INCLUDED_FIELDS.topic, within('topics')),
    changedAt: fields.has('changedAt'),
    links: fields.has('links'),
    identifiers: fields.has('identifiers'),
  }
  return PAPER_PARTS.filter((part) => selected[part])
}

/** By field node: the cache of parsed documents returns the same nodes for the same document. */
const ofPaperFields = new WeakMap<FieldNode, PaperParts>()
const ofConnectionFields = new WeakMap<FieldNode, { parts: PaperParts | null }>()

/** The parts selected of the paper that a field returns. */
export function requestedPaperParts({ fieldNodes, fragments }: Info): PaperParts {
  const only = fieldNodes.length === 1 ? fieldNodes[0] : undefined
  const known = only && ofPaperFields.get(only)
  if (known) return known
  const parts = requestedParts(fieldNodes, fragments)
  if (only) ofPaperFields.set(only, parts)
  return parts
}

/** The parts selected of the papers of changes. */
export const requestedChangeParts = ({ fieldNodes, fragments }: Info): PaperParts =>
  requestedParts(fieldsWithin(fieldNodes, fragments).get('paper') ?? [], fragments)

/** The parts selected of the papers of a connection; null if no papers are selected. */
export function requestedConnectionParts({ fieldNodes, fragments }: Info): PaperParts | null {
  const only = fieldNodes.length === 1 ? fieldNodes[0] : undefined
  const known = only && ofConnectionFields.get(only)
  if (known) return known.parts
  const fields = fieldsWithin(fieldNodes, fragments)
  const papers = [
    ...(fields.get('nodes') ?? []),
    ...(fieldsWithin(fields.get('edges') ?? [], fragments).get('node') ?? []),
  ]
  const requested = papers.length > 0 ? requestedParts(papers, fragments) : null
  // A field of the edge that is computed from the abstract.
  const ofText = fieldsWithin(fields.get('edges') ?? [], fragments).has('abstractHighlights')
  const parts = ofText ? [...new Set<PaperPart>([...(requested ?? []), 'texts'])] : requested
  if (only) ofConnectionFields.set(only, { parts })
  return parts
}
