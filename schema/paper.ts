import { checkSize } from '../src/lists/page.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import type { TopicSummary } from '../src/queries/topics.ts'
import { MOST_RELATED } from '../src/search/related.ts'
import type { PaperIdentifier } from '../src/values/identifiers.ts'
import { builder } from './builder.ts'
import { forwardArgs } from './connection.ts'
import type { Context } from './context.ts'
import { encodeGlobalId } from './global-id.ts'
import { chain } from './maybe-promise.ts'
import { PaperAuthorConnection, paperAuthorConnection } from './paper-author.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { costOfFilter, FILTER_COST } from './paper-filter.ts'
import { linksOf, PaperLinkKindEnum, PaperLinkType } from './paper-link.ts'
import { Organization, Paper, Topic, User } from './refs.ts'
import { requestedPaperParts } from './requested-fields.ts'
import { TopicKindEnum } from './topic.ts'
import { VoteConnection, voteConnection } from './vote.ts'
import { textsOf } from './whole-rows.ts'

/** The default number of related papers, and what finding them costs an operation. */
const RELATED = 5
const RELATED_COST = 20

const PaperIdentifierType = builder.objectRef<PaperIdentifier>('PaperIdentifier').implement({
  description: 'An identifier of a paper.',
  fields: (t) => ({
    scheme: t.exposeString('scheme', {
      description:
        "The scheme in lower case: `arxiv`, `doi`, `openreview`, `s2`, `openalex`, or a source's own. `feed` belongs to this server: it keeps the `scheme:value` of the paper's permanent id in feeds after a better identifier became known.",
    }),
    value: t.exposeString('value', { description: 'The value, without version or prefix.' }),
  }),
})

/** All identifiers of a paper, the strongest first. */
export const identifiersOf = async (
  { id, arxivId, doi, included }: PaperRow,
  { loaders }: Context,
): Promise<PaperIdentifier[]> => [
  ...(arxivId === null ? [] : [{ scheme: 'arxiv', value: arxivId }]),
  ...(doi === null ? [] : [{ scheme: 'doi', value: doi }]),
  ...(included?.identifiers ?? (await loaders.identifiersOfPaper.load(id))),
]

export const paperUrl = (publicUrl: string, { id, arxivId }: Pick<PaperRow, 'id' | 'arxivId'>): string =>
  `${publicUrl}/papers/${arxivId ?? encodeGlobalId('Paper', id)}`

builder.node(Paper, {
  description: 'A research paper. All versions of it are one paper.',
  id: { resolve: (paper) => paper.id },
  fields: (t) => ({
    arxivId: t.exposeString('arxivId', {
      nullable: true,
      description:
        'The arXiv id without version, such as `2510.10490` or `cmp-lg/9404001`; null for a paper that is not on arXiv.',
    }),
    doi: t.exposeString('doi', {
      nullable: true,
      description: 'The DOI in lower case without prefix, such as `10.1145/3292500`; null if no source gives one.',
    }),
    identifiers: t.field({
      type: [PaperIdentifierType],
      description: 'All known identifiers: the arXiv id, the DOI, then others ordered by scheme.',
      resolve: (paper, _args, context) => identifiersOf(paper, context),
    }),
    title: t.exposeString('title', { description: 'The title as plain text on one line. Formulas are in LaTeX.' }),
    abstract: t.string({
      nullable: true,
      description: 'The abstract as plain text. Formulas are in LaTeX. Null if no source gives one.',
      resolve: (paper, _args, context) => chain(textsOf(paper, context), ({ abstract }) => abstract),
    }),
    summary: t.string({
      nullable: true,
      description: 'A one-sentence summary; null if no source gives one.',
      resolve: (paper, _args, context) => chain(textsOf(paper, context), ({ summary }) => summary),
    }),
    publishedAt: t.expose('publishedAt', {
      type: 'DateTime',
      description: 'The publication time of the first version; midnight UTC if the source gives only the day.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The publication time of the latest version; null if no source gives it.',
    }),
    withdrawnAt: t.expose('withdrawnAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'The time at which its authors or its server withdrew the paper, midnight UTC if the source gives only the day; null if it was not withdrawn. A withdrawn paper stays on its edition.',
    }),
    listedAt: t.expose('listedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'The time at which the paper was put on the daily list, midnight UTC if the source gives only the day; null for a paper that was never listed.',
    }),
    listedOn: t.expose('listedOn', {
      type: 'Date',
      nullable: true,
      description: 'The edition day of the paper; null for a paper that was never listed.',
    }),
    submittedBy: t.field({
      type: User,
      nullable: true,
      description:
        'The user who put the paper on the daily list; null if unknown, and for a paper that was never listed.',
      resolve: ({ submitterId, included }, _args, { loaders }) =>
        submitterId === null ? null : (included?.submitter ?? loaders.user.load(submitterId)),
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'The organization that the paper comes from; null if no source gives one.',
      resolve: ({ organizationId, included }, _args, { loaders }) =>
        organizationId === null ? null : (included?.organization ?? loaders.organization.load(organizationId)),
    }),
    authors: t.field({
      type: PaperAuthorConnection,
      description: 'The authors in the printed order. The same name can occur twice.',
      args: forwardArgs('authors'),
      resolve: (paper, args, context) => paperAuthorConnection(context, paper, args),
    }),
    topics: t.field({
      type: [Topic],
      description:
        'The topics: arXiv categories first, then keywords, each in the order of the source. Empty if none is known.',
      args: { kind: t.arg({ type: TopicKindEnum, description: 'Only topics of this kind; null for all.' }) },
      resolve: ({ id, included }, { kind }, { loaders }) => {
        const ofKind = (topics: TopicSummary[]) =>
          kind == null ? topics : topics.filter((topic) => topic.kind === kind)
        return included?.topics ? ofKind(included.topics) : loaders.topicsOfPaper.load(id).then(ofKind)
      },
    }),
    links: t.field({
      type: [PaperLinkType],
      description:
        "Links to pages about the paper, ordered by kind. A paper on arXiv has links to arXiv's abstract and PDF, another one with a DOI has a link to the page that the DOI leads to. Empty if none is known.",
      args: { kind: t.arg({ type: PaperLinkKindEnum, description: 'Only links of this kind; null for all.' }) },
      resolve: (paper, { kind }, { loaders }) => linksOf(paper, kind ?? null, loaders),
    }),
    changedAt: t.field({
      type: 'DateTime',
      description:
        'The time at which anything that this API shows of the paper last changed here, votes and comment counts aside: also the name of a topic, an author, its organization or submitter. For papers from before the server recorded this, the time of its upgrade.',
      resolve: ({ id, included }, _args, { loaders }) => included?.changedAt ?? loaders.changeOfPaper.load(id),
    }),
    url: t.field({
      type: 'URL',
      description: 'The page of the paper on this server.',
      resolve: (paper, _args, { publicUrl }) => paperUrl(publicUrl, paper),
    }),
    thumbnailUrl: t.expose('thumbnailUrl', {
      type: 'URL',
      nullable: true,
      description: 'The address of a preview image; null if there is none.',
    }),
    githubStars: t.exposeInt('githubStars', {
      nullable: true,
      description:
        'The number of GitHub stars of the code repository when a source last counted them; null if unknown.',
    }),
    voteCount: t.exposeInt('voteCount', {
      description: 'The number of votes: those cast here plus those that sources counted.',
    }),
    commentCount: t.exposeInt('commentCount', {
      description: 'The number of comments that a source last counted; 0 if unknown.',
    }),
    related: t.field({
      type: [Paper],
      description:
        'Papers on the same subject, best match first. Shared characteristic words count most, then shared topics.',
      // They are found by the postings of the paper's terms, unless they are cached.
      extensions: { cost: RELATED_COST, length: (argument: (name: string) => unknown) => argument('first') ?? RELATED },
      args: {
        first: t.arg.int({
          description: `The number of papers to return: 1 to ${MOST_RELATED}, ${RELATED} by default.`,
        }),
      },
      resolve: async ({ id }, { first }, { loaders }, info) => {
        checkSize('first', first, MOST_RELATED)
        const ids = await loaders.relatedPapers.load({ paperId: id, limit: first ?? RELATED })
        const papers = loaders.paperWith(requestedPaperParts(info))
        return (await Promise.all(ids.map((relatedId) => papers.load(relatedId)))).filter((paper) => paper !== null)
      },
    }),
    viewerHasVoted: t.boolean({
      description: 'Whether the signed-in user voted for the paper; false for anonymous requests.',
      resolve: ({ id }, _args, { loaders }) => loaders.viewerHasVoted.load(id),
    }),
    votes: t.field({
      type: VoteConnection,
      description: 'Votes cast here for the paper, newest first. Votes that sources counted are only in `voteCount`.',
      args: forwardArgs('votes'),
      resolve: ({ id }, args, context) => voteConnection(context, { paperId: id }, args),
    }),
  }),
})

builder.queryField('papers', (t) =>
  t.field({
    type: PaperConnection,
    extensions: {
      // Computed from up to a million votes.
      cost: (argument: (name: string) => unknown) => costOfFilter(argument) + (argument('asOf') == null ? 0 : 1_000),
      costAdvice: `Each list with \`asOf\` costs 1,000. ${FILTER_COST.costAdvice}`,
    },
    description: 'Papers that match a filter, in an order.',
    args: {
      ...paperArgs('TRENDING'),
      asOf: t.arg({
        type: 'DateTime',
        description:
          'Ranks by the votes cast up to this time, and omits papers published later; null for now. Votes withdrawn since then are not counted, and `filter` uses current values. Only with TRENDING and MOST_VOTED, and for at most a million votes.',
      }),
    },
    resolve: (_root, args, context, info) => paperConnection(context, {}, args, info),
  }),
)
