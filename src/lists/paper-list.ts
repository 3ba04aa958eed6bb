import type { Db } from '../db/client.ts'
import type { Condition } from './condition.ts'
import { type PaperFilter, type PaperScope, resolveFilter } from './paper-filter.ts'
import type { PaperOrderName } from './paper-orders.ts'

/** Which papers: a filter within a scope. It is resolved once, however many pages, counts and facets use it. */
export class PaperSelection {
  readonly filter: PaperFilter
  readonly scope: PaperScope
  #resolved: Promise<Condition[] | null> | undefined

  constructor(filter: PaperFilter, scope: PaperScope = {}) {
    this.filter = filter
    this.scope = scope
  }

  /**
   * The conditions that papers must meet; null where no paper can meet them. They are those of the first call: a selection
   * is for one request, because slugs, words and the search index change.
   *
   * @throws BadUserInput for a filter that contradicts itself or is too long
   */
  conditions(db: Db): Promise<Condition[] | null> {
    this.#resolved ??= resolveFilter(db, this.filter, this.scope)
    return this.#resolved
  }
}

/** A selection in an order. */
export class PaperList extends PaperSelection {
  readonly order: PaperOrderName

  constructor(filter: PaperFilter, scope: PaperScope, order: PaperOrderName) {
    super(filter, scope)
    this.order = order
  }
}
