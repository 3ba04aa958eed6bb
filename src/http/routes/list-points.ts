import { LIKENESS_COST } from '../../../schema/paper-filter.ts'
import type { PaperQuery } from '../../formats/query-string.ts'
import { pointsOf } from '../graphql/limits.ts'

const LIKENESS_POINTS = pointsOf(LIKENESS_COST)

/** What a list costs a client: a point for each paper that it may show, and what GraphQL takes for finding papers like others. */
export const pointsOfList = ({ first, filter }: Pick<PaperQuery, 'first' | 'filter'>): number =>
  first + (filter.like?.length ? LIKENESS_POINTS : 0)
