import { type SyncState, syncStates } from '../src/queries/sync-sources.ts'
import { builder } from './builder.ts'
import { permitted } from './permission.ts'
import { ForbiddenError, Refusal, resolveMemberType, UnauthenticatedError } from './refusal.ts'

const Source = builder.objectRef<SyncState>('Source').implement({
  description: 'A remote source with which this server keeps itself current, and where its sync stands.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'As in the setting `SYNC`: `hf-daily`, `arxiv:cs.CL`, `feed:https://example.org/feed.xml`.',
    }),
    lastRunAt: t.expose('lastRunAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last run began; null if there was none.',
    }),
    lastSuccessAt: t.expose('lastSuccessAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last run that did not fail ended; null if there was none.',
    }),
    lastNewsAt: t.expose('lastNewsAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When a run last brought a new paper, or a newer day or identifier than all runs before; null if none did.',
    }),
    newestDate: t.expose('newestOn', {
      type: 'Date',
      nullable: true,
      description:
        'The newest day of which the source has something: the day of a list, the date stamp of a record, the day of an entry. Null if nothing is known.',
    }),
    newestIdentifier: t.exposeString('newestId', {
      nullable: true,
      description: 'The newest identifier of the source, such as `2611.04217`; null for a source of lists.',
    }),
    errorsInRow: t.exposeInt('errors', { description: 'How many runs failed since the last one that did not.' }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Why a run last failed, as a sentence. It stays after a success; null if no run ever failed.',
    }),
    lastErrorAt: t.expose('lastErrorAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When a run last failed; null if none ever did.',
    }),
    notice: t.exposeString('notice', {
      nullable: true,
      description: 'What was odd about the last run without being an error, as sentences; null if nothing was.',
    }),
    isSuspect: t.exposeBoolean('isSuspect', {
      description:
        'Whether the source has had nothing new for a weekday, or for a feed: for longer than ever between its entries. It may be broken although its responses look right.',
    }),
    nextRunAt: t.expose('nextRunAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the next run begins; null if the source is no longer in `SYNC`.',
    }),
  }),
})

const SourcesPayload = builder.objectRef<SyncState[]>('SourcesPayload').implement({
  description: 'The sources of this server.',
  fields: (t) => ({
    sources: t.field({
      type: [Source],
      description: 'All sources that were ever synced here, by name.',
      resolve: (sources) => sources,
    }),
  }),
})

const SourcesResult = builder.unionType('SourcesResult', {
  description: 'The sources, or why they are not shown.',
  types: [SourcesPayload, UnauthenticatedError, ForbiddenError],
  resolveType: resolveMemberType('SourcesPayload'),
})

builder.queryField('sources', (t) =>
  t.field({
    type: SourcesResult,
    description:
      'The remote sources of this server with the state of their syncs. Requires the scope `operate`; without it the result is a ForbiddenError.',
    resolve: async (_root, _args, context) => {
      const user = permitted(context, 'operate', 'see the sources', 'ForbiddenError')
      return user instanceof Refusal ? user : syncStates(context.db)
    },
  }),
)
