import { LIKENESS_COST } from '../../../schema/paper-filter.ts'
import type { PaperQuery } from '../../formats/query-string.ts'
import { queryOfSaved } from '../../formats/saved-filter.ts'
import { savedFilterOfToken } from '../../queries/saved-filters.ts'
import { pointsOf } from '../graphql/limits.ts'
import type { PointCount } from './route.ts'

const LIKENESS_POINTS = pointsOf(LIKENESS_COST)

/** What a list costs a client: a point for each paper that it may show, and what GraphQL takes for finding papers like others. */
export const pointsOfList = ({ first, filter }: Pick<PaperQuery, 'first' | 'filter'>): number =>
  first + (filter.like?.length ? LIKENESS_POINTS : 0)

/** The same of the list of a saved filter: whether papers like others must be found is stored with it. */
export const pointsOfSaved =
  (token: string): PointCount =>
  async ({ db }) => {
    const saved = await savedFilterOfToken(db, token)
    return saved === null ? 1 : pointsOfList(queryOfSaved(saved))
  }
