import { checkSize } from '../src/lists/page.ts'
import type { TopicName } from '../src/queries/topics.ts'
import { MOST_RELATED } from '../src/search/related.ts'
import type { PaperIdentifier } from '../src/values/identifiers.ts'
import { builder } from './builder.ts'
import { forwardArgs } from './connection.ts'
import { encodeGlobalId, rowKey } from './global-id.ts'
import { chain } from './maybe-promise.ts'
import { PaperAuthorConnection, paperAuthorConnection } from './paper-author.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { linksOf, PaperLinkKindEnum, PaperLinkType } from './paper-link.ts'
import { Organization, Paper, Topic, User } from './refs.ts'
import { requestedPaperParts } from './requested-fields.ts'
import { TopicKindEnum } from './topic.ts'
import { VoteConnection, voteConnection } from './vote.ts'
import { textsOf } from './whole-rows.ts'

/** How many related papers are answered by default, and what finding them costs. */
const RELATED = 5
const RELATED_COST = 20

const PaperIdentifierType = builder.objectRef<PaperIdentifier>('PaperIdentifier').implement({
  description: 'A name under which a paper is known elsewhere.',
  fields: (t) => ({
    scheme: t.exposeString('scheme', {
      description:
        "Who gives such names, in lower case: `arxiv`, `doi`, `openreview`, `s2`, `openalex`, or a source's own. `feed` is this server's: the `scheme:value` that the paper's id in feeds goes on being made of, although a stronger identifier came later.",
    }),
    value: t.exposeString('value', { description: 'The name itself, without version or prefix.' }),
  }),
})

builder.node(Paper, {
  description: 'A research paper, whatever its version.',
  id: { resolve: (paper) => paper.id, parse: (id) => rowKey(id) },
  loadWithoutCache: (id, { loaders }, info) => loaders.paperWith(requestedPaperParts(info)).load(id),
  fields: (t) => ({
    arxivId: t.exposeString('arxivId', {
      nullable: true,
      description:
        'The arXiv id without a version, such as `2510.10490` or `cmp-lg/9404001`; null for a paper that is not on arXiv.',
    }),
    doi: t.exposeString('doi', {
      nullable: true,
      description: 'The DOI in lower case without a prefix, such as `10.1145/3292500`; null where no source gave one.',
    }),
    identifiers: t.field({
      type: [PaperIdentifierType],
      description: 'Every identifier known for it: the arXiv id, the DOI, then others in the order of their schemes.',
      resolve: async ({ id, arxivId, doi, included }, _args, { loaders }) => [
        ...(arxivId === null ? [] : [{ scheme: 'arxiv', value: arxivId }]),
        ...(doi === null ? [] : [{ scheme: 'doi', value: doi }]),
        ...(included?.identifiers ?? (await loaders.identifiersOfPaper.load(id))),
      ],
    }),
    title: t.exposeString('title', { description: 'The title as plain text on one line; formulas stay in LaTeX.' }),
    abstract: t.string({
      nullable: true,
      description: 'The abstract as plain text; formulas stay in LaTeX. Null where no source gave one.',
      resolve: (paper, _args, context) => chain(textsOf(paper, context), ({ abstract }) => abstract),
    }),
    summary: t.string({
      nullable: true,
      description: 'What it is about in one sentence; null where no source gave one.',
      resolve: (paper, _args, context) => chain(textsOf(paper, context), ({ summary }) => summary),
    }),
    publishedAt: t.expose('publishedAt', {
      type: 'DateTime',
      description: 'When its first version was published. Midnight UTC where the source gives only the day.',
    }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its latest version was published; null where no source says.',
    }),
    listedAt: t.expose('listedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it was put on the daily list, midnight UTC where the source gives only the day; null for a paper that was never listed.',
    }),
    listedOn: t.expose('listedOn', {
      type: 'Date',
      nullable: true,
      description: 'The day of the edition that it is in; null for a paper that was never listed.',
    }),
    submittedBy: t.field({
      type: User,
      nullable: true,
      description: 'Who put it on the daily list; null where that is not known, and for a paper that was never listed.',
      resolve: ({ submitterId, included }, _args, { loaders }) =>
        submitterId === null ? null : (included?.submitter ?? loaders.user.load(submitterId)),
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'Where it comes from; null where no source says.',
      resolve: ({ organizationId, included }, _args, { loaders }) =>
        organizationId === null ? null : (included?.organization ?? loaders.organization.load(organizationId)),
    }),
    authors: t.field({
      type: PaperAuthorConnection,
      description: 'Its authors in the order printed. The same name can stand in it twice.',
      args: forwardArgs('authors'),
      resolve: (paper, args, context) => paperAuthorConnection(context, paper, args),
    }),
    topics: t.field({
      type: [Topic],
      description:
        'What it is about: arXiv categories first, then keywords, each in the order that its source gave. Empty where none is known.',
      args: { kind: t.arg({ type: TopicKindEnum, description: 'Only topics of this kind; null for all.' }) },
      resolve: ({ id, included }, { kind }, { loaders }) => {
        const ofKind = (topics: TopicName[]) => (kind == null ? topics : topics.filter((topic) => topic.kind === kind))
        return included?.topics ? ofKind(included.topics) : loaders.topicsOfPaper.load(id).then(ofKind)
      },
    }),
    links: t.field({
      type: [PaperLinkType],
      description:
        "Where to read on: arXiv's abstract and PDF for a paper on arXiv, then what sources know, by kind. Empty where nothing is known.",
      args: { kind: t.arg({ type: PaperLinkKindEnum, description: 'Only links of this kind; null for all.' }) },
      resolve: (paper, { kind }, { loaders }) => linksOf(paper, kind ?? null, loaders),
    }),
    url: t.field({
      type: 'URL',
      description: "This paper's page on this server.",
      resolve: (paper, _args, { publicUrl }) =>
        `${publicUrl}/papers/${paper.arxivId ?? encodeGlobalId('Paper', paper.id)}`,
    }),
    thumbnailUrl: t.expose('thumbnailUrl', {
      type: 'URL',
      nullable: true,
      description: 'A picture to show beside it; null where there is none.',
    }),
    githubStars: t.exposeInt('githubStars', {
      nullable: true,
      description: 'How many stars its code repository had when last looked at; null where that is not known.',
    }),
    voteCount: t.exposeInt('voteCount', {
      description: 'How many votes it has: those cast here and those that its sources counted.',
    }),
    commentCount: t.exposeInt('commentCount', {
      description: 'How many comments its source counted last; 0 where none is known.',
    }),
    related: t.field({
      type: [Paper],
      description:
        'Papers nearest to it in subject, best first: those that share its characteristic words, and then its topics.',
      // Found by the postings of its terms, unless it was lately.
      extensions: { cost: RELATED_COST, length: (argument: (name: string) => unknown) => argument('first') ?? RELATED },
      args: { first: t.arg.int({ description: `How many to answer: 1 to ${MOST_RELATED}, ${RELATED} by default.` }) },
      resolve: async ({ id }, { first }, { loaders }, info) => {
        checkSize('first', first, MOST_RELATED)
        const ids = await loaders.relatedPapers.load({ paperId: id, limit: first ?? RELATED })
        const papers = loaders.paperWith(requestedPaperParts(info))
        return (await Promise.all(ids.map((relatedId) => papers.load(relatedId)))).filter((paper) => paper !== null)
      },
    }),
    viewerHasVoted: t.boolean({
      description: 'Whether the signed-in user voted for it; false when nobody is signed in.',
      resolve: ({ id }, _args, { loaders }) => loaders.viewerHasVoted.load(id),
    }),
    votes: t.field({
      type: VoteConnection,
      description: 'The votes cast for it here, latest first. Votes counted elsewhere are in `voteCount` only.',
      args: forwardArgs('votes'),
      resolve: ({ id }, args, context) => voteConnection(context, { paperId: id }, args),
    }),
  }),
})

builder.queryField('papers', (t) =>
  t.field({
    type: PaperConnection,
    // Votes are added up for it, up to a million.
    extensions: { cost: (argument: (name: string) => unknown) => (argument('asOf') == null ? 0 : 1_000) },
    description: 'Papers under one filter in one order.',
    args: {
      ...paperArgs('TRENDING'),
      asOf: t.arg({
        type: 'DateTime',
        description:
          'Rank the papers published by this moment by the votes that had been cast by then; votes taken back since are not known any more, and `filter` goes by what is true now. Only with TRENDING and MOST_VOTED; null for now. At most a million votes are added up.',
      }),
    },
    resolve: (_root, args, context, info) => paperConnection(context, {}, args, info),
  }),
)
