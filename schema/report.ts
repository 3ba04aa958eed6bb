import { pageRequest } from '../src/lists/page.ts'
import { REPORT_ORDER, type ReportFilter, type ReportRow, reportCount, reportPage } from '../src/lists/reports.ts'
import type { ModeratedPaperRow } from '../src/queries/moderated-papers.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { REPORT_REASONS, type ReportReason } from '../src/values/reports.ts'
import { LONGEST_REASON, normalizeParagraphs } from '../src/values/text.ts'
import { reportPaper, resolveReports } from '../src/writes/reports.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge, forwardArgs } from './connection.ts'
import { curatorOf, reasonDescription } from './curator.ts'
import { encodeGlobalId, keyOrNull, paperKey, paperKeyOrNull, shorten } from './global-id.ts'
import { ModeratedPaper } from './moderated-paper.ts'
import { permitted } from './permission.ts'
import { withinBudget } from './rate-limit.ts'
import { Paper, User } from './refs.ts'
import {
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  RateLimitedError,
  Refusal,
  resolveMemberType,
  UnauthenticatedError,
} from './refusal.ts'

/** How many reports one call resolves. */
const MAX_REPORTS = 100
const longest = LONGEST_REASON.toLocaleString('en')

const ReportReasonEnum = builder.enumType('ReportReason', {
  description: 'Why a user reports a paper.',
  values: Object.fromEntries(
    Object.entries(REPORT_REASONS).map(([name, description]) => [name, { value: name as ReportReason, description }]),
  ) as { [Name in ReportReason]: { value: Name; description: string } },
})

const ReportState = builder.enumType('ReportState', {
  description: 'Whether a curator has to look at a report.',
  values: {
    OPEN: { description: 'No curator has resolved it.' },
    RESOLVED: { description: 'A curator has resolved it.' },
  } as const,
})

const ReportPaperInput = builder.inputType('ReportPaperInput', {
  description: 'A paper that the curators should look at, and why.',
  fields: (t) => ({
    paperId: t.id({ required: true, description: 'The `id` of the paper.' }),
    reason: t.field({ type: ReportReasonEnum, required: true, description: 'What is wrong with the paper.' }),
    comment: t.string({
      description: `More about it, for the curators: at most ${longest} characters. Null if there is nothing to add.`,
    }),
  }),
})

const ReportPaperPayload = builder.objectRef<{ paper: PaperRow; isNew: boolean }>('ReportPaperPayload').implement({
  description: 'The paper is reported.',
  fields: (t) => ({
    paper: t.field({ type: Paper, description: 'The paper.', resolve: ({ paper }) => paper }),
    isNew: t.exposeBoolean('isNew', {
      description:
        'Whether this is a new report. False if the user has reported the paper before, and it is still open.',
    }),
  }),
})

const ReportPaperResult = builder.unionType('ReportPaperResult', {
  description: 'The reported paper, or why it was not reported.',
  types: [ReportPaperPayload, UnauthenticatedError, NotFoundError, InvalidInputError, RateLimitedError],
  resolveType: resolveMemberType('ReportPaperPayload'),
})

builder.mutationField('reportPaper', (t) =>
  t.field({
    type: ReportPaperResult,
    description:
      'Reports a paper to the curators, as the signed-in user. A second report of a paper whose first one is open changes nothing. Requires the scope `vote`; without it the result is an UnauthenticatedError.',
    args: { input: t.arg({ type: ReportPaperInput, required: true, description: 'The paper, and why.' }) },
    resolve: async (_root, { input }, context) => {
      const user = permitted(context, 'vote', 'report papers')
      if (user instanceof Refusal) return user
      const paperId = paperKeyOrNull(input.paperId)
      if (paperId === null) return unknownPaper()
      const comment = normalizeParagraphs(input.comment ?? '') || null
      if (comment !== null && comment.length > LONGEST_REASON) {
        const message = `The comment must have at most ${LONGEST_REASON} characters; it has ${comment.length}.`
        return new Refusal('InvalidInputError', message, [{ path: 'comment', message }])
      }
      const limited = await withinBudget(context, 'reports', 'reported as many papers')
      if (limited !== null) return limited
      const { db, clock, loaders } = context
      const isNew = await reportPaper(db, {
        paperId,
        userId: user.id,
        reason: input.reason,
        comment,
        at: clock.now(),
      })
      const paper = isNew === null ? null : await loaders.paper.load(paperId)
      return isNew === null || paper === null ? unknownPaper() : { paper, isNew }
    },
  }),
)

const unknownPaper = () =>
  new Refusal('NotFoundError', 'There is no paper of this id. It may have been removed. Send the `id` of a Paper.')

const Report = builder.objectRef<ReportRow>('Report')
Report.implement({
  description: 'The report of a paper by a user, for the curators.',
  fields: (t) => ({
    id: t.id({
      description: 'The id of the report. It never changes; `node` does not read it.',
      resolve: ({ id }) => encodeGlobalId('Report', id),
    }),
    paper: t.field({
      type: ModeratedPaper,
      description: 'The reported paper.',
      resolve: ({ paperId }, _args, { loaders }) => loaders.moderatedPaper.load(paperId) as Promise<ModeratedPaperRow>,
    }),
    reporter: t.field({
      type: User,
      nullable: true,
      description: 'The user who reported the paper; null if they are no longer a user.',
      resolve: ({ userId }, _args, { loaders }) => (userId === null ? null : loaders.user.load(userId)),
    }),
    reason: t.field({ type: ReportReasonEnum, description: 'What is wrong.', resolve: ({ reason }) => reason }),
    comment: t.exposeString('comment', { nullable: true, description: 'More about it; null if there is nothing.' }),
    reportedAt: t.expose('reportedAt', { type: 'DateTime', description: 'When the paper was reported.' }),
    state: t.field({
      type: ReportState,
      description: 'Whether a curator has resolved the report.',
      resolve: ({ resolvedAt }) => (resolvedAt === null ? 'OPEN' : 'RESOLVED'),
    }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a curator resolved the report; null while it is open.',
    }),
    resolvedBy: t.field({
      type: User,
      nullable: true,
      description: 'The curator who resolved the report. Null while it is open, and if they are no longer a user.',
      resolve: ({ resolvedBy }, _args, { loaders }) => (resolvedBy === null ? null : loaders.user.load(resolvedBy)),
    }),
    resolution: t.exposeString('resolution', {
      nullable: true,
      description: 'Why it was resolved, in the words of the curator; null if they gave no reason.',
    }),
  }),
})

const ReportConnection = connectionTypes<ReportRow, Edge<ReportRow>, Connection<Edge<ReportRow>>>(
  'Report',
  Report,
  'reports',
).Connection

const ReportsResult = builder.unionType('ReportsResult', {
  description: 'The reports, or why they are not shown.',
  types: [ReportConnection, UnauthenticatedError, ForbiddenError],
  resolveType: resolveMemberType('ReportConnection'),
})

const ReportFilterInput = builder.inputType('ReportFilter', {
  description:
    'Restricts the reports. Fields combine with AND; a list field matches any of its members. A field that is absent, null or an empty list does not restrict anything.',
  fields: (t) => ({
    state: t.field({ type: ReportState, description: 'Open reports, or resolved ones.' }),
    paperIds: t.idList({ description: 'Reports of these papers.' }),
    reporters: t.stringList({ description: 'Reports by these users (handles, in any case).' }),
  }),
})

builder.queryField('reports', (t) =>
  t.field({
    type: ReportsResult,
    description:
      'Reports of papers by users, newest first. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: {
      filter: t.arg({ type: ReportFilterInput, description: 'Restricts the reports; null for all.' }),
      ...forwardArgs('reports'),
    },
    resolve: (_root, { filter, ...page }, context) => {
      const user = permitted(context, 'curate', 'see reports', 'ForbiddenError')
      if (user instanceof Refusal) return user
      const { paperIds, reporters, state } = filter ?? {}
      const wanted: ReportFilter = {
        isOpen: state == null ? null : state === 'OPEN',
        paperIds: paperIds?.length ? paperIds.map((id) => paperKey(id, 'filter.paperIds')) : null,
        reporters: reporters?.length ? reporters : null,
      }
      const request = pageRequest(page, REPORT_ORDER)
      return connectionOf(
        () => reportPage(context.db, wanted, request),
        (reports) => reports,
        () => reportCount(context.db, wanted),
      )
    },
  }),
)

const ResolveReportsInput = builder.inputType('ResolveReportsInput', {
  description: 'The reports to resolve.',
  fields: (t) => ({
    reportIds: t.idList({ required: true, description: `The \`id\`s of the reports: 1 to ${MAX_REPORTS}.` }),
    reason: t.string({ description: reasonDescription }),
  }),
})

const ResolveReportsPayload = builder.objectRef<{ reports: ReportRow[] }>('ResolveReportsPayload').implement({
  description: 'The reports are resolved.',
  fields: (t) => ({
    reports: t.field({
      type: [Report],
      description: 'The reports, oldest first. Those that were resolved before are as they were.',
      resolve: ({ reports }) => reports,
    }),
  }),
})

const ResolveReportsResult = builder.unionType('ResolveReportsResult', {
  description: 'The resolved reports, or why nothing was done.',
  types: [ResolveReportsPayload, UnauthenticatedError, ForbiddenError, NotFoundError, InvalidInputError],
  resolveType: resolveMemberType('ResolveReportsPayload'),
})

builder.mutationField('resolveReports', (t) =>
  t.field({
    type: ResolveReportsResult,
    description:
      'Resolves reports: all of them, or none if one does not exist. What was done with the papers is done by other mutations. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: { input: t.arg({ type: ResolveReportsInput, required: true, description: 'The reports.' }) },
    resolve: async (_root, { input }, context) => {
      const curator = curatorOf(context, 'resolve reports', input.reason)
      if (curator instanceof Refusal) return curator
      const given = input.reportIds
      if (given.length < 1 || given.length > MAX_REPORTS) {
        const message = `\`reportIds\` must have 1 to ${MAX_REPORTS} members; it has ${given.length}.`
        return new Refusal('InvalidInputError', message, [{ path: 'reportIds', message }])
      }
      const ids = given.map((id) => keyOrNull('Report', id))
      const wrong = given[ids.indexOf(null)]
      if (wrong !== undefined) return unknownReport(wrong)
      const result = await resolveReports(context.db, ids as number[], curator)
      return 'missing' in result ? unknownReport(encodeGlobalId('Report', result.missing)) : result
    },
  }),
)

const unknownReport = (id: string) =>
  new Refusal('NotFoundError', `There is no report of the id "${shorten(id)}". Nothing was changed.`)
