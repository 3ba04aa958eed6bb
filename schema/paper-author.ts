import { type PageArgs, pageRequest } from '../src/lists/page.ts'
import {
  type AuthorItem,
  authorPage,
  authorRange,
  PAPER_AUTHOR_ORDER,
  rangeOfFirst,
} from '../src/lists/paper-authors.ts'
import type { AuthorRow, AuthorSummary } from '../src/queries/authors.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge } from './connection.ts'
import type { Context } from './context.ts'
import { Author } from './refs.ts'

type PaperAuthorEdge = Edge<AuthorSummary, { position: number }>

const types = connectionTypes<AuthorRow | AuthorSummary, PaperAuthorEdge, Connection<PaperAuthorEdge>>(
  'PaperAuthor',
  Author,
  'the authors of a paper',
  { cost: 0 },
)
export const PaperAuthorConnection = types.Connection

builder.objectField(types.Edge, 'position', (t) =>
  t.exposeInt('position', { description: 'The position in the list of authors, 1 for the first.' }),
)

/** The authors of one paper. Those of all papers of a response are read together. */
export function paperAuthorConnection(
  { loaders }: Context,
  { id, authorCount, included }: PaperRow,
  args: PageArgs,
): Connection<PaperAuthorEdge> {
  const request = pageRequest(args, PAPER_AUTHOR_ORDER)
  return connectionOf<AuthorItem, AuthorSummary>(
    () => {
      const range = authorRange(id, request)
      const authors = included?.authors && rangeOfFirst(included.authors, authorCount, range)
      const page = (read: AuthorSummary[]) => authorPage(read, authorCount, range)
      return authors ? page(authors) : loaders.authorsOfPaper.load(range).then(page)
    },
    (authors) => authors.map(({ author }) => author),
    () => authorCount,
  )
}
