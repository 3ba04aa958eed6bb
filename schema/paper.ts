import { BadUserInput } from '../src/errors.ts'
import { identifierOfUrl, normalizeArxivId, normalizeIdentifier, type PaperIdentifier } from '../src/identifiers.ts'
import { type PaperRow, paperByIdentifier } from '../src/queries/papers.ts'
import { PAPER_LINK_KINDS, type PaperLinkKind } from '../src/vocabulary.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { decodeGlobalId, rowKey, shorten } from './global-id.ts'
import { PaperAuthorConnection, paperAuthorConnection } from './paper-author.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { Organization, Paper, Topic, User } from './refs.ts'
import { TopicKindEnum } from './topic.ts'
import { VoteConnection, voteConnection } from './vote.ts'

const PaperLinkKindEnum = builder.enumType('PaperLinkKind', {
  description: 'What a link of a paper leads to.',
  values: {
    ABSTRACT: { description: 'The page with its abstract.' },
    PDF: { description: 'The paper as PDF.' },
    CODE: { description: 'A code repository.' },
    PROJECT: { description: 'A page that its authors made for it.' },
    DISCUSSION: { description: 'A page where it is discussed.' },
    MEDIA: { description: 'A picture or film that belongs to it.' },
    MODEL: { description: 'A trained model.' },
    DATASET: { description: 'A data set.' },
    DEMO: { description: 'Something to try it out.' },
  } satisfies Record<PaperLinkKind, { description: string }>,
})

const PaperIdentifierType = builder.objectRef<PaperIdentifier>('PaperIdentifier').implement({
  description: 'A name under which a paper is known elsewhere.',
  fields: (t) => ({
    scheme: t.exposeString('scheme', {
      description:
        "Who gives such names, in lower case: `arxiv`, `doi`, `openreview`, `s2`, `openalex`, or a source's own.",
    }),
    value: t.exposeString('value', { description: 'The name itself, without version or prefix.' }),
  }),
})

interface PaperLink {
  kind: PaperLinkKind
  url: string
  title: string | null
}

const PaperLinkType = builder.objectRef<PaperLink>('PaperLink').implement({
  description: 'Where to read on about a paper.',
  fields: (t) => ({
    kind: t.expose('kind', { type: PaperLinkKindEnum, description: 'What it leads to.' }),
    url: t.expose('url', { type: 'URL', description: 'Its address.' }),
    title: t.exposeString('title', { nullable: true, description: 'What it is called; null where no source says.' }),
  }),
})

builder.node(Paper, {
  description: 'A research paper, whatever its version.',
  id: { resolve: (paper) => paper.id, parse: (id) => rowKey(id) },
  loadMany: (ids, { loaders }) => ids.map((id) => loaders.paper.load(id)),
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
      description: 'Every identifier known for it: the arXiv id, the DOI, then others by scheme.',
      resolve: async ({ id, arxivId, doi }, _args, { loaders }) => [
        ...(arxivId === null ? [] : [{ scheme: 'arxiv', value: arxivId }]),
        ...(doi === null ? [] : [{ scheme: 'doi', value: doi }]),
        ...(await loaders.identifiersOfPaper.load(id)),
      ],
    }),
    title: t.exposeString('title', { description: 'The title as plain text on one line; formulas stay in LaTeX.' }),
    abstract: t.exposeString('abstract', {
      nullable: true,
      description: 'The abstract as plain text; formulas stay in LaTeX. Null where no source gave one.',
    }),
    summary: t.exposeString('summary', {
      nullable: true,
      description: 'What it is about in one sentence; null where no source gave one.',
    }),
    publishedAt: t.expose('publishedAt', {
      type: 'DateTime',
      description: 'When its first version was published. Midnight where the source gives only the day.',
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
        'When it was put on the daily list, midnight where the source gives only the day; null for a paper that was never listed.',
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
      resolve: ({ submitterId }, _args, { loaders }) => (submitterId === null ? null : loaders.user.load(submitterId)),
    }),
    organization: t.field({
      type: Organization,
      nullable: true,
      description: 'Where it comes from; null where no source says.',
      resolve: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
    }),
    authors: t.field({
      type: PaperAuthorConnection,
      description: 'Its authors in the order printed. The same name can stand in it twice.',
      args: {
        first: t.arg.int({
          description: 'How many to answer from the beginning, or behind `after`: 1 to 100; 20 unless told.',
        }),
        after: t.arg.string({ description: 'Answer only the authors behind this cursor, which this list gave.' }),
      },
      resolve: (paper, args, context) => paperAuthorConnection(context, paper, args),
    }),
    topics: t.field({
      type: [Topic],
      description:
        'What it is about: arXiv categories first, then keywords, each in the order that its source gave. Empty where none is known.',
      args: { kind: t.arg({ type: TopicKindEnum, description: 'Only topics of this kind; null for all.' }) },
      resolve: async ({ id }, { kind }, { loaders }) => {
        const topics = await loaders.topicsOfPaper.load(id)
        return kind == null ? topics : topics.filter((topic) => topic.kind === kind)
      },
    }),
    links: t.field({
      type: [PaperLinkType],
      description:
        "Where to read on: arXiv's abstract and PDF for a paper on arXiv, then what sources know, by kind. Empty where nothing is known.",
      args: { kind: t.arg({ type: PaperLinkKindEnum, description: 'Only links of this kind; null for all.' }) },
      resolve: (paper, { kind }, { loaders }) => linksOf(paper, kind ?? null, loaders),
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
      description: 'How many comments its source counted; 0 where none is known.',
    }),
    viewerHasVoted: t.boolean({
      description: 'Whether the signed-in user voted for it; false when nobody is signed in.',
      resolve: ({ id }, _args, { loaders }) => loaders.viewerHasVoted.load(id),
    }),
    votes: t.field({
      type: VoteConnection,
      description: 'The votes cast for it here, latest first. Votes counted elsewhere are in `voteCount` only.',
      args: {
        first: t.arg.int({
          description: 'How many to answer from the beginning, or behind `after`: 1 to 100; 20 unless told.',
        }),
        after: t.arg.string({ description: 'Answer only the votes behind this cursor, which this list gave.' }),
      },
      resolve: ({ id }, args, context) => voteConnection(context, { paperId: id }, args),
    }),
  }),
})

const derivedLink = (kind: PaperLinkKind, url: string): PaperLink => ({ kind, url, title: null })

/** The stored links with arXiv's own, which follow from the id, in the order of the kinds. */
async function linksOf(paper: PaperRow, kind: PaperLinkKind | null, loaders: Context['loaders']): Promise<PaperLink[]> {
  const onArxiv =
    paper.arxivId === null
      ? []
      : [
          derivedLink('ABSTRACT', `https://arxiv.org/abs/${paper.arxivId}`),
          derivedLink('PDF', `https://arxiv.org/pdf/${paper.arxivId}`),
        ]
  const stored = await loaders.linksOfPaper.load(paper.id)
  const known = new Set(onArxiv.map((link) => link.url))
  return [...onArxiv, ...stored.filter((link) => !known.has(link.url))]
    .filter((link) => kind === null || link.kind === kind)
    .sort((a, b) => PAPER_LINK_KINDS.indexOf(a.kind) - PAPER_LINK_KINDS.indexOf(b.kind))
}

const PaperIdentifierInput = builder.inputType('PaperIdentifierInput', {
  description: 'An identifier of any scheme.',
  fields: (t) => ({
    scheme: t.string({
      required: true,
      description:
        "Who gave it: `arxiv`, `doi`, `openreview`, `s2`, `openalex`, or a source's own. In capitals or small letters.",
    }),
    value: t.string({ required: true, description: 'The identifier itself; at most 200 characters.' }),
  }),
})

const PaperLookup = builder.inputType('PaperLookup', {
  description: 'Which paper is meant: exactly one of these.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The `id` that this server gave.' }),
    arxivId: t.string({
      description:
        'An arXiv id in any form that people write: `2510.10490`, `2510.10490v2`, `arXiv:2510.10490`, `math.CO/9901016`, or an address that has it.',
    }),
    doi: t.string({ description: 'A DOI, with or without `doi:` or `https://doi.org/`. Capitals do not matter.' }),
    identifier: t.field({ type: PaperIdentifierInput, description: 'An identifier of any scheme.' }),
    url: t.field({
      type: 'URL',
      description:
        'The address of a page about it: arXiv (abs, pdf, html), doi.org, huggingface.co/papers, alphaXiv or OpenReview.',
    }),
  }),
})

builder.queryFields((t) => ({
  paper: t.field({
    type: Paper,
    nullable: true,
    description: 'One paper, by any of its identifiers; null when the catalogue has none of that identifier.',
    args: { by: t.arg({ type: PaperLookup, required: true, description: 'Which one is meant: exactly one field.' }) },
    resolve: (_root, { by }, context) => findPaper(by, context),
  }),
  papers: t.field({
    type: PaperConnection,
    description: 'Papers under one filter in one order.',
    args: paperArgs('TRENDING'),
    resolve: (_root, args, context) => paperConnection(context, {}, args),
  }),
}))

function findPaper(by: typeof PaperLookup.$inferInput, { db, loaders }: Context): Promise<PaperRow | null> {
  const refuse = (field: string, given: string, wanted: string) =>
    new BadUserInput(`by.${field}`, `\`by.${field}\` must be ${wanted}; "${shorten(given)}" is not.`)
  if (by.id != null) {
    const { typename, id } = decodeGlobalId(by.id, 'by.id')
    if (typename !== 'Paper') throw refuse('id', by.id, 'the id of a paper')
    return loaders.paper.load(rowKey(id, 'by.id'))
  }
  if (by.arxivId != null) {
    const value = normalizeArxivId(by.arxivId)
    const identifier = value === null ? identifierOfUrl(by.arxivId) : { scheme: 'arxiv', value }
    if (identifier?.scheme !== 'arxiv')
      throw refuse('arxivId', by.arxivId, 'an arXiv id such as "2510.10490" or "cmp-lg/9404001"')
    return paperByIdentifier(db, identifier)
  }
  if (by.doi != null) {
    const identifier = normalizeIdentifier({ scheme: 'doi', value: by.doi })
    if (identifier === null) throw refuse('doi', by.doi, 'a DOI such as "10.1145/3292500.3330701"')
    return paperByIdentifier(db, identifier)
  }
  if (by.identifier != null) {
    const identifier = normalizeIdentifier(by.identifier)
    if (identifier === null)
      throw refuse(
        'identifier',
        `${by.identifier.scheme}:${by.identifier.value}`,
        'a scheme and a value of that scheme',
      )
    return paperByIdentifier(db, identifier)
  }
  const url = by.url as string
  const identifier = identifierOfUrl(url)
  if (identifier === null)
    throw refuse('url', url, 'the address of a paper at arXiv, doi.org, Hugging Face, alphaXiv or OpenReview')
  return paperByIdentifier(db, identifier)
}
