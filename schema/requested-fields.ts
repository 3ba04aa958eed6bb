import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from 'graphql'
import { PAPER_PARTS, type PaperPart, type PaperParts } from '../src/queries/paper-parts.ts'

/** What a resolver is told of the operation that it is part of. */
type Info = Pick<GraphQLResolveInfo, 'fieldNodes' | 'fragments'>

/**
 * The fields that an operation asks for inside of others, by name: under any alias, of any type, and also where a directive
 * may leave them out. So it is never less than what is asked.
 */
function fieldsWithin(nodes: readonly FieldNode[], fragments: Info['fragments']): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const collect = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value
        const known = fields.get(name)
        if (known) known.push(selection)
        else fields.set(name, [selection])
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else {
        const fragment = fragments[selection.name.value]
        if (fragment) collect(fragment.selectionSet)
      }
    }
  }
  for (const { selectionSet } of nodes) if (selectionSet) collect(selectionSet)
  return fields
}

/** Fields of a paper that need neither its abstract nor its summary. Any other may. */
const WITHOUT_TEXTS = new Set(
  `__typename id arxivId doi identifiers title publishedAt updatedAt listedAt listedOn submittedBy organization authors topics
  links url thumbnailUrl githubStars voteCount commentCount viewerHasVoted votes voteHistory trending related`.split(
    /\s+/,
  ),
)

/** What the rows that come along with a paper can answer. A row that is asked for any other field is read by a loader. */
const ANSWERED = {
  organization: new Set(['__typename', 'id', 'slug', 'name', 'avatarUrl']),
  submitter: new Set(['__typename', 'id', 'handle', 'name', 'avatarUrl']),
  author: new Set(['__typename', 'id', 'slug', 'name']),
  topic: new Set(['__typename', 'id', 'kind', 'slug', 'name']),
}

/** What an operation wants papers to bring, from the fields that ask for papers. */
function partsAsked(nodes: readonly FieldNode[], fragments: Info['fragments']): PaperParts {
  const fields = fieldsWithin(nodes, fragments)
  const within = (...names: string[]) =>
    names.reduce<readonly FieldNode[]>((found, name) => fieldsWithin(found, fragments).get(name) ?? [], nodes)
  const asksOnly = (answered: ReadonlySet<string>, ...asked: (readonly FieldNode[])[]) =>
    asked.every((nodes) => [...fieldsWithin(nodes, fragments).keys()].every((name) => answered.has(name)))
  const wanted: Record<PaperPart, boolean> = {
    texts: [...fields.keys()].some((name) => !WITHOUT_TEXTS.has(name)),
    organization: fields.has('organization') && asksOnly(ANSWERED.organization, within('organization')),
    submitter: fields.has('submittedBy') && asksOnly(ANSWERED.submitter, within('submittedBy')),
    authors:
      fields.has('authors') &&
      asksOnly(ANSWERED.author, within('authors', 'nodes'), within('authors', 'edges', 'node')),
    topics: fields.has('topics') && asksOnly(ANSWERED.topic, within('topics')),
    links: fields.has('links'),
    identifiers: fields.has('identifiers'),
  }
  return PAPER_PARTS.filter((part) => wanted[part])
}

/** A document that is sent again has the same nodes again. */
const knownOfPaper = new WeakMap<FieldNode, PaperParts>()
const knownOfConnection = new WeakMap<FieldNode, { parts: PaperParts | null }>()

/** What the field of a resolver that answers a paper wants it to bring. */
export function paperPartsAsked({ fieldNodes, fragments }: Info): PaperParts {
  const only = fieldNodes.length === 1 ? fieldNodes[0] : undefined
  const known = only && knownOfPaper.get(only)
  if (known) return known
  const parts = partsAsked(fieldNodes, fragments)
  if (only) knownOfPaper.set(only, parts)
  return parts
}

/** The same for a field that answers a connection of papers; null where no papers are asked for. */
export function connectionPartsAsked({ fieldNodes, fragments }: Info): PaperParts | null {
  const only = fieldNodes.length === 1 ? fieldNodes[0] : undefined
  const known = only && knownOfConnection.get(only)
  if (known) return known.parts
  const fields = fieldsWithin(fieldNodes, fragments)
  const papers = [
    ...(fields.get('nodes') ?? []),
    ...(fieldsWithin(fields.get('edges') ?? [], fragments).get('node') ?? []),
  ]
  const asked = papers.length > 0 ? partsAsked(papers, fragments) : null
  // Of what an edge says of its paper, this is made of the abstract.
  const ofText = fieldsWithin(fields.get('edges') ?? [], fragments).has('abstractHighlights')
  const parts = ofText ? [...new Set<PaperPart>([...(asked ?? []), 'texts'])] : asked
  if (only) knownOfConnection.set(only, { parts })
  return parts
}
