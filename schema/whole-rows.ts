import type { AuthorRow, AuthorSummary } from '../src/queries/authors.ts'
import type { OrganizationRow, OrganizationSummary } from '../src/queries/organizations.ts'
import { hasTexts, type PaperRow, type PaperTexts } from '../src/queries/paper-parts.ts'
import type { TopicRow, TopicSummary } from '../src/queries/topics.ts'
import type { Context } from './context.ts'
import type { MaybePromise } from './maybe-promise.ts'

// A list reads only the selected parts of its papers (`requested-fields.ts`). A resolver of any other column gets the whole row
// here: at once if it was read, and by a loader if not.

export const wholeAuthor = (author: AuthorRow | AuthorSummary, { loaders }: Context): MaybePromise<AuthorRow> =>
  'paperCount' in author ? author : loaders.author.load(author.id).then(existing)

export const wholeOrganization = (
  organization: OrganizationRow | OrganizationSummary,
  { loaders }: Context,
): MaybePromise<OrganizationRow> =>
  'paperCount' in organization ? organization : loaders.organization.load(organization.id).then(existing)

export const wholeTopic = (topic: TopicRow | TopicSummary, { loaders }: Context): MaybePromise<TopicRow> =>
  'paperCount' in topic ? topic : loaders.topic.load(topic.id).then(existing)

/** Abstract and summary of a paper. */
export const textsOf = (paper: PaperRow, { loaders }: Context): MaybePromise<PaperTexts> =>
  hasTexts(paper)
    ? paper
    : loaders.paper.load(paper.id).then((row) => (row && hasTexts(row) ? row : { abstract: null, summary: null }))

/** Not null, because rows that a paper refers to are never deleted. */
function existing<Row>(row: Row | null): Row {
  if (row === null) throw new Error('A row that a paper refers to does not exist.')
  return row
}
