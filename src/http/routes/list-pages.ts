import { type DocumentNode, parse } from 'graphql'
import { type DirectoryPage, renderDirectoryPage } from '../../formats/html/directory-page.ts'
import { formPath } from '../../formats/html/document.ts'
import { type Html, html, type Part } from '../../formats/html/html.ts'
import { renderListPage } from '../../formats/html/list-page.ts'
import { type ListLook, readListLook, withLook } from '../../formats/html/look.ts'
import { counted, type Linked, linkTo, type PaperCard } from '../../formats/html/paper-card.ts'
import { avatar } from '../../formats/html/picture.ts'
import { linkCardAddress, topicLinkCard } from '../../formats/link-cards.ts'
import { FEED_DEFAULTS } from '../../formats/links.ts'
import { isText } from '../../formats/parameters.ts'
import { readOrder } from '../../formats/query-string.ts'
import type { PaperFilter } from '../../lists/paper-filter.ts'
import type { PaperOrderName } from '../../lists/paper-orders.ts'
import { BadUserInput } from '../../values/errors.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'
import { errorPage, htmlResponse, movedTo } from './html-response.ts'
import { PAPER_CARD } from './paper-queries.ts'
import { decodePath, type Route, type RouteRefusal, type RouteRequest } from './route.ts'

// The pages of topics, authors, organizations and users, the lists of all of them, and the page of any list of papers.

const PAPERS = FEED_DEFAULTS.first
/** How many topics, authors or organizations a page has. */
const ENTRIES = 100

export interface PaperPage {
  totalCount?: number
  nodes: PaperCard[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** What a page of this kind is about. */
interface Subject extends Linked {
  slug: string
  id?: string
  avatarUrl?: string | null
  paperCount?: number
  voteCount?: number
  kind?: 'CATEGORY' | 'KEYWORD'
  coauthors?: Linked[]
  papers: PaperPage
}

interface SubjectKind {
  /** The first part of its address. */
  folder: string
  label(subject: Subject): string
  /** What the line below the heading begins with. */
  handle?(subject: Subject): string
  document: DocumentNode
  field: 'topics' | 'authors' | 'organizations' | 'submitters'
  order: PaperOrderName
  missing: string
}

const subjectDocument = (field: string, own: string, papers: string): DocumentNode =>
  parse(/* GraphQL */ `
    query Subject($name: String!, $orderBy: PaperOrder!, $after: String) {
      subject: ${field} {
        ${own} name url
        papers: ${papers}(first: ${PAPERS}, orderBy: $orderBy, after: $after) {
          totalCount
          nodes { ...PaperCard }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
    ${PAPER_CARD}
  `)

const SUBJECTS: readonly SubjectKind[] = [
  {
    folder: 'topics',
    label: ({ kind }) => (kind === 'CATEGORY' ? 'arXiv category' : 'Topic'),
    document: subjectDocument('topic(slug: $name)', 'slug kind paperCount', 'papers'),
    field: 'topics',
    order: 'TRENDING',
    missing: 'There is no topic at this address. No paper has it, or it was renamed.',
  },
  {
    folder: 'authors',
    label: () => 'Author',
    document: subjectDocument(
      'author(by: { slug: $name })',
      'slug paperCount voteCount coauthors(first: 12) { name url }',
      'papers',
    ),
    field: 'authors',
    order: 'NEWEST',
    missing: 'There is no author at this address.',
  },
  {
    folder: 'organizations',
    label: () => 'Organization',
    document: subjectDocument('organization(slug: $name)', 'slug id avatarUrl paperCount voteCount', 'papers'),
    field: 'organizations',
    order: 'NEWEST',
    missing: 'There is no organization at this address.',
  },
  {
    folder: 'users',
    label: () => 'Listed by',
    handle: ({ slug }) => `@${slug}`,
    document: subjectDocument('user(handle: $name)', 'slug: handle id avatarUrl', 'submissions'),
    field: 'submitters',
    order: 'RECENTLY_LISTED',
    missing: 'There is no user at this address. The handle may have changed.',
  },
]

interface SubjectRequest {
  name: string | null
  orderBy: PaperOrderName
  after: string | null
  look: ListLook
}

const withParameters = (address: string, parameters: Record<string, string | null>): string => {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null)
  return given.length === 0 ? address : `${address}?${new URLSearchParams(given)}`
}

/** A parameter of a page; pages ignore those that they do not know. */
function parameterOf({ url }: RouteRequest, name: string): string | null {
  const text = url.searchParams.get(name) ?? ''
  if (!isText(text)) throw new BadUserInput(name, `"${name}" must be text without NUL characters, in UTF-8.`)
  return text.trim() === '' ? null : text
}

const refuse = ({ status, message }: RouteRefusal, _request: RouteRequest, { publicUrl }: ServerParts) =>
  errorPage(publicUrl, { status, message })

const subjectRoute = (kind: SubjectKind): Route<SubjectRequest> => ({
  name: `page-${kind.folder}`,
  path: new RegExp(`^/${kind.folder}/(.+)$`),
  parse: (request) => {
    const order = parameterOf(request, 'orderBy')
    return {
      name: decodePath(request.match[1] as string),
      orderBy: order === null ? kind.order : readOrder(order),
      after: parameterOf(request, 'after'),
      look: readListLook(request.url.searchParams),
    }
  },
  cacheKey: ({ name, orderBy, after, look }) =>
    `/${kind.folder} ${orderBy} ${look.layout} ${look.images} ${after ?? ''} ${name}`,
  points: () => PAPERS,
  respond: async ({ name, orderBy, after, look }, parts) => {
    const { publicUrl } = parts
    const variables = { name, orderBy, after }
    const { subject } =
      name === null || !isText(name)
        ? { subject: null }
        : await runOwnQuery<{ subject: Subject | null }>(parts, kind.document, variables)
    if (subject === null) return errorPage(publicUrl, { status: 404, message: kind.missing })
    const orderParameter = (order: PaperOrderName) => (order === kind.order ? null : order)
    if (subject.slug !== name)
      return movedTo(
        publicUrl,
        withLook(withParameters(subject.url, { orderBy: orderParameter(orderBy), after }), look),
      )
    return htmlResponse(subjectPage(publicUrl, kind, subject, { orderBy, after, look, orderParameter }))
  },
  refuse,
})

function subjectPage(
  publicUrl: string,
  kind: SubjectKind,
  subject: Subject,
  {
    orderBy,
    after,
    look,
    orderParameter,
  }: Omit<SubjectRequest, 'name'> & { orderParameter(order: PaperOrderName): string | null },
): string {
  const { papers, coauthors = [], voteCount } = subject
  const heading = subject.name ?? subject.slug
  const filter: PaperFilter = { [kind.field]: [subject.slug] }
  const lead: Part = html`${kind.handle && `${kind.handle(subject)}, `}${counted(subject.paperCount ?? papers.totalCount ?? 0, 'paper')}${voteCount !== undefined && html`, ${counted(voteCount, 'vote')}`}.`
  const address = (order: PaperOrderName, cursor: string | null, as = look) =>
    withLook(withParameters(subject.url, { orderBy: orderParameter(order), after: cursor }), as)
  return renderListPage(publicUrl, {
    kind: kind.label(subject),
    heading,
    picture: pictureOf(publicUrl, kind, subject),
    card: cardOf(publicUrl, kind, subject, { orderBy, after }),
    lead,
    address: subject.url,
    canonical: after === null && orderBy === kind.order ? subject.url : null,
    query: { filter, orderBy, first: PAPERS },
    look,
    inOrder: (order) => address(order, null),
    inLayout: (layout) => address(orderBy, null, { ...look, layout }),
    papers: papers.nodes,
    next: nextPage(papers, (cursor) => address(orderBy, cursor)),
    more:
      coauthors.length > 0 &&
      html`<section>
<h2>Writes with</h2>
<ul class="chips" role="list">${coauthors.map((author) => html`<li>${linkTo(author)}</li>\n`)}</ul>
</section>`,
  })
}

/** The first page of a topic, in its usual order, has what its link card shows. */
function cardOf(
  publicUrl: string,
  kind: SubjectKind,
  { name, slug, paperCount = 0, papers }: Subject,
  { orderBy, after }: Pick<SubjectRequest, 'orderBy' | 'after'>,
): string | null {
  if (kind.folder !== 'topics' || orderBy !== kind.order || after !== null) return null
  return linkCardAddress(publicUrl, 'topics', slug, topicLinkCard({ name, paperCount }, papers.nodes))
}

function pictureOf(publicUrl: string, { folder }: SubjectKind, { id, avatarUrl = null }: Subject): Html | null {
  if (id === undefined || (folder !== 'organizations' && folder !== 'users')) return null
  return avatar(publicUrl, folder, { id, avatarUrl })
}

export const nextPage = (
  { pageInfo }: Pick<PaperPage, 'pageInfo'>,
  address: (cursor: string) => string,
): string | null => (pageInfo.hasNextPage && pageInfo.endCursor !== null ? address(pageInfo.endCursor) : null)

interface DirectoryKind {
  path: string
  heading: string
  one: string
  document: DocumentNode
}

const directoryDocument = (field: string): DocumentNode =>
  parse(/* GraphQL */ `
    query Directory($query: String, $after: String) {
      entries: ${field}(query: $query, first: ${ENTRIES}, after: $after) {
        totalCount
        nodes { name url paperCount }
        pageInfo { hasNextPage endCursor }
      }
    }
  `)

const DIRECTORIES: readonly DirectoryKind[] = [
  { path: '/topics', heading: 'Topics', one: 'topic', document: directoryDocument('topics') },
  { path: '/authors', heading: 'Authors', one: 'author', document: directoryDocument('authors') },
  {
    path: '/organizations',
    heading: 'Organizations',
    one: 'organization',
    document: directoryDocument('organizations'),
  },
]

interface DirectoryData {
  entries: { totalCount: number; nodes: DirectoryPage['entries']; pageInfo: PaperPage['pageInfo'] }
}

const directoryRoute = ({
  path,
  heading,
  one,
  document,
}: DirectoryKind): Route<{ typed: string | null; after: string | null }> => ({
  name: `page-all-${path.slice(1)}`,
  path: new RegExp(`^${path}$`),
  parse: (request) => ({ typed: parameterOf(request, 'q'), after: parameterOf(request, 'after') }),
  cacheKey: ({ typed, after }) => `${path} ${after ?? ''} ${typed ?? ''}`,
  points: () => ENTRIES / 5,
  respond: async ({ typed, after }, parts) => {
    const { publicUrl } = parts
    const { entries } = await runOwnQuery<DirectoryData>(parts, document, { query: typed, after })
    const address = publicUrl + path
    return htmlResponse(
      renderDirectoryPage(publicUrl, {
        heading,
        one,
        path: formPath(publicUrl, path),
        typed: typed ?? '',
        canonical: typed === null && after === null ? address : null,
        totalCount: entries.totalCount,
        entries: entries.nodes,
        next: nextPage(entries, (cursor) => withParameters(address, { q: typed, after: cursor })),
      }),
    )
  },
  refuse,
})

export const LIST_PAGE_ROUTES: readonly Route[] = [...DIRECTORIES.map(directoryRoute), ...SUBJECTS.map(subjectRoute)]
