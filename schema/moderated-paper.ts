import type { ModeratedPaperRow } from '../src/queries/moderated-papers.ts'
import { AuditEntry } from './audit-log.ts'
import { builder } from './builder.ts'
import { encodeGlobalId } from './global-id.ts'
import { User } from './refs.ts'

export const ModeratedPaper = builder.objectRef<ModeratedPaperRow>('ModeratedPaper')
ModeratedPaper.implement({
  description: 'A paper as curators see it. Unlike a `Paper` it can also be a hidden one.',
  fields: (t) => ({
    id: t.id({
      description: 'The `id` of the Paper. `node` reads it only while the paper is not hidden.',
      resolve: ({ id }) => encodeGlobalId('Paper', id),
    }),
    arxivId: t.exposeString('arxivId', { nullable: true, description: 'The arXiv id; null if it has none.' }),
    title: t.exposeString('title', { description: 'The title.' }),
    submittedBy: t.field({
      type: User,
      nullable: true,
      description: 'The user who put the paper on the daily list; null if none is known.',
      resolve: ({ submitterId }, _args, { loaders }) => (submitterId === null ? null : loaders.user.load(submitterId)),
    }),
    listedOn: t.expose('listedOn', {
      type: 'Date',
      nullable: true,
      description:
        'The edition day of the daily list that the paper is on, or was on before it was hidden; null if none.',
    }),
    hiddenAt: t.expose('hiddenAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the paper was hidden; null if it is not hidden.',
    }),
    hiding: t.field({
      type: AuditEntry,
      nullable: true,
      description:
        'The entry of the audit log that says who hid the paper and why. Null if it is not hidden, or was hidden before there was an audit log.',
      resolve: ({ id, hiddenAt }, _args, { loaders }) => (hiddenAt === null ? null : loaders.hidingOfPaper.load(id)),
    }),
    openReportCount: t.exposeInt('openReports', { description: 'The number of open reports of the paper.' }),
  }),
})
