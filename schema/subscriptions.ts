import { GraphQLError } from 'graphql'
import { PaperSelection } from '../src/lists/paper-list.ts'
import { papersWithin } from '../src/lists/papers.ts'
import type { LiveItem } from '../src/live/events.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { paperKey } from './global-id.ts'
import { PaperFilterInput } from './paper-filter.ts'
import { Paper } from './refs.ts'

const MAX_SUBSCRIBED = 100

builder.subscriptionType({
  description:
    'Live events over server-sent events, in the distinct connections mode of graphql-sse. An event with the error code `REFETCH` means that events may be missing: read the list again. An event with `TOO_SLOW` is the last of its stream.',
})

builder.subscriptionFields((t) => ({
  paperListed: t.field({
    type: Paper,
    description:
      'Each paper that joins a daily list from now on, by a submission or an import. Papers that an import adds to a list older than yesterday (UTC), and hidden papers that are shown again, are not sent.',
    args: {
      filter: t.arg({ type: PaperFilterInput, description: 'Only papers that match this filter; null for all.' }),
    },
    subscribe: async (_root, { filter }, context) => {
      // A wrong filter is refused now, not at the first paper.
      if (filter != null) await new PaperSelection(filter).conditions(context.db)
      return papersOf(
        context,
        () => context.live.subscribe('listed', null),
        // Resolved again for each event: a topic of the filter may be new, and the search index changes.
        filter == null ? null : (paperIds) => papersWithin(context.db, new PaperSelection(filter), paperIds),
      )
    },
    resolve: (event) => paperOrError(event),
  }),
  voteCountChanged: t.field({
    type: Paper,
    description:
      'One of the papers, each time its vote count changes. A burst of votes is sent as one event with the latest count.',
    args: {
      paperIds: t.arg.idList({ required: true, description: `The \`id\`s of the papers, 1 to ${MAX_SUBSCRIBED}.` }),
    },
    subscribe: (_root, { paperIds }, context) => {
      if (paperIds.length < 1 || paperIds.length > MAX_SUBSCRIBED)
        throw new BadUserInput(
          'paperIds',
          `\`paperIds\` must have 1 to ${MAX_SUBSCRIBED} members; it has ${paperIds.length}.`,
        )
      const wanted = new Set(paperIds.map((id) => paperKey(String(id), 'paperIds')))
      return papersOf(context, () => context.live.subscribe('votes', wanted), null)
    },
    resolve: (event) => paperOrError(event),
  }),
}))

type LiveEvent = PaperRow | { code: 'REFETCH' | 'TOO_SLOW' } | { failure: unknown }

/**
 * The papers of the events of a subscriber, read when an event is sent. It subscribes at the first read, so that a client that
 * disconnects before leaves nothing in memory.
 */
function papersOf(
  { loaders, currentPapers }: Context,
  subscribe: () => AsyncIterableIterator<LiveItem>,
  within: ((paperIds: number[]) => Promise<ReadonlySet<number>>) | null,
): AsyncIterableIterator<LiveEvent> {
  let items: AsyncIterableIterator<LiveItem> | undefined
  const events = read()
  return {
    next: () => events.next(),
    return: async () => {
      // A generator that waits for the next item would end only at that item.
      await items?.return?.()
      return events.return(undefined)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }

  async function* read(): AsyncGenerator<LiveEvent> {
    items = subscribe()
    for await (const item of items) {
      if ('missed' in item) yield { code: 'REFETCH' }
      else if ('tooSlow' in item) yield { code: 'TOO_SLOW' }
      else {
        try {
          // A stream has the same loaders for many changes; each event must read again.
          loaders.clearAll()
          const wanted = within && (await within(item.paperIds))
          const ids = wanted ? item.paperIds.filter((id) => wanted.has(id)) : item.paperIds
          for (const paper of await currentPapers.loadMany(ids)) {
            if (paper instanceof Error) throw paper
            if (paper !== null) yield paper
          }
        } catch (failure) {
          yield { failure }
          yield { code: 'REFETCH' }
        }
      }
    }
  }
}

function paperOrError(event: LiveEvent): PaperRow {
  if ('failure' in event) throw event.failure
  if (!('code' in event)) return event
  throw new GraphQLError(
    event.code === 'REFETCH'
      ? 'The connection to the database was lost for a moment. Ask for the list again: events may be missing.'
      : 'The events were not read fast enough. Subscribe again, and ask for the list again.',
    { extensions: { code: event.code } },
  )
}
