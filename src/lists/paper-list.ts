import type { Db } from '../db/client.ts'
import type { Condition } from './condition.ts'
import { type PaperFilter, type PaperScope, resolveFilter } from './paper-filter.ts'
import { likenessIn } from './paper-likeness.ts'
import { checkOrder, type PaperOrderName } from './paper-orders.ts'
import type { UnknownMembers } from './unknown-members.ts'

/** Which papers: a filter within a scope. It is resolved once, however many pages, counts and facets use it. */
export class PaperSelection {
  readonly filter: PaperFilter
  readonly scope: PaperScope
  readonly unknown: UnknownMembers | null
  #resolved: Promise<Condition[] | null> | undefined

  /** @param unknown collects the members of the filter's lists that name nothing */
  constructor(filter: PaperFilter, scope: PaperScope = {}, unknown: UnknownMembers | null = null) {
    this.filter = filter
    this.scope = scope
    this.unknown = unknown
  }

  /**
   * The conditions that papers must meet; null where no paper can meet them. They are those of the first call: a selection
   * is for one request, because slugs, words and the search index change.
   *
   * @throws BadUserInput for a filter that contradicts itself or is too long
   */
  conditions(db: Db): Promise<Condition[] | null> {
    this.#resolved ??= resolveFilter(db, this.filter, this.scope, this.unknown)
    return this.#resolved
  }

  /** How near papers of the selection are to those of `like`: 1 is what these are themselves on average. */
  async likenessOf(db: Db, paperIds: readonly number[]): Promise<Map<number, number>> {
    const likeness = likenessIn(await this.conditions(db))
    if (likeness === null) return new Map()
    const scores = new Map(likeness.papers.map(({ id, score }) => [id, score]))
    return new Map(paperIds.map((id) => [id, (scores.get(id) ?? 0) / likeness.scale]))
  }
}

/** A selection in an order. */
export class PaperList extends PaperSelection {
  readonly order: PaperOrderName

  /** @throws BadUserInput for an order that the filter does not have */
  constructor(filter: PaperFilter, scope: PaperScope, order: PaperOrderName, unknown: UnknownMembers | null = null) {
    checkOrder(order, filter)
    super(filter, scope, unknown)
    this.order = order
  }
}
