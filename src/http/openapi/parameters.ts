import { isEnumType, isInputObjectType } from 'graphql'
import { z } from 'zod'
import { schema } from '../../../schema/index.ts'
import { LOOK_PARAMETERS } from '../../formats/html/look.ts'
import { FEED_DEFAULTS } from '../../formats/links.ts'
import { PAPER_QUERY } from '../../formats/query-string.ts'
import { FILTER_FIELDS } from '../../lists/filter-fields.ts'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import type { PaperFilter } from '../../lists/paper-filter.ts'
import { EDITION_NAME_FORMS, NEWEST_NAME_FORMS } from '../../values/editions.ts'
import { LIST_PARAMETERS } from '../routes/feed-lists.ts'

// The parameters of lists with their descriptions. Those of filter fields and orders are GraphQL's.

/** A parameter that many addresses have, described once. */
export const shared = <Schema extends z.ZodType>(
  parameter: Schema,
  id: string,
  description: string,
  more: object = {},
) => parameter.meta({ param: { id, description, ...more } })

const named = (name: string) => schema.getType(name)

function filterParameters(): z.ZodRawShape {
  const filter = named('PaperFilter')
  if (!isInputObjectType(filter)) throw new Error('The schema has no PaperFilter.')
  const fields = filter.getFields()
  return Object.fromEntries(
    (Object.keys(FILTER_FIELDS) as (keyof PaperFilter)[]).map((name) => {
      const parameter = PAPER_QUERY.shape[name]
      return [name, shared(parameter, name, fields[name]?.description ?? '', parameter.unwrap().meta()?.param)]
    }),
  )
}

function orderParameter(): z.ZodType {
  const order = named('PaperOrder')
  if (!isEnumType(order)) throw new Error('The schema has no PaperOrder.')
  const values = order.getValues().map(({ name, description }) => `- \`${name}\`: ${description}`)
  const text = `The order; the default is \`${FEED_DEFAULTS.orderBy}\`, in an edition \`MOST_VOTED\`. ${order.description}\n\n${values.join('\n')}`
  return shared(PAPER_QUERY.shape.orderBy, 'orderBy', text)
}

/** The parameters of a list within an edition. */
export const EDITION_QUERY = z.object({
  ...filterParameters(),
  orderBy: orderParameter(),
  first: shared(
    PAPER_QUERY.shape.first,
    'first',
    `How many papers, at most ${MAX_PAGE_SIZE}. The default is ${FEED_DEFAULTS.first}; a feed of an edition has all.`,
  ),
  after: shared(
    LIST_PARAMETERS.shape.after,
    'after',
    'Where the page begins: what the address of the next page has, to which each page has a link.',
  ),
})

const EDITION = shared(
  PAPER_QUERY.shape.edition,
  'edition',
  `The papers of one edition: ${NEWEST_NAME_FORMS}, or ${EDITION_NAME_FORMS}. The other fields of the filter apply within it.`,
  { examples: { newest: { value: 'day' }, day: { value: '2025-10-02' }, week: { value: '2025-W40' } } },
)

/** The parameters of any list. */
export const LIST_QUERY = z.object({ ...EDITION_QUERY.shape, edition: EDITION })

export const AFTER_QUERY = EDITION_QUERY.pick({ after: true })

/** How a page in a frame looks. */
export const LOOK_QUERY = z.object({
  theme: shared(LOOK_PARAMETERS.shape.theme, 'theme', 'The colours. `auto` follows the system of the reader.'),
  layout: shared(
    LOOK_PARAMETERS.shape.layout,
    'layout',
    '`list` has rows with small pictures, `cards` large ones, and `compact` neither pictures nor summaries.',
  ),
  images: shared(LOOK_PARAMETERS.shape.images, 'images', 'Whether there are thumbnails and avatars.'),
})

export const EMBED_QUERY = LIST_QUERY.omit({ after: true }).extend(LOOK_QUERY.shape)

/** A paper in the path of an address. */
export const PAPER_IN_PATH = z.object({
  paper: shared(
    z.string().min(1),
    'paper',
    'An arXiv id in any form, or the `id` of the paper in GraphQL, percent-encoded.',
    { examples: { 'arXiv id': { value: '2509.25454' }, 'with a version': { value: '2509.25454v2' } } },
  ),
})

export const TOKEN_IN_PATH = z.object({
  token: shared(
    z.string().regex(/^[\w-]{1,100}$/),
    'token',
    'The secret in the address of a saved filter: `feeds` of `SavedFilter` in GraphQL has it.',
  ),
})
