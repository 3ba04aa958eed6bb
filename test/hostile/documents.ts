import { getIntrospectionQuery } from 'graphql'
import { answered, family, refused, times } from './input.ts'

/** Fragments that spread the next one twice. */
const doubling = (depth: number, on: string, last: string, within = '...NEXT ...NEXT') =>
  times(depth, (n) => `fragment F${n} on ${on} { ${n === depth - 1 ? last : within.replaceAll('NEXT', `F${n + 1}`)} }`)

const nested = (depth: number, open: string, inside: string, close = ' }') =>
  `${times(depth, open, ' ')} ${inside} ${times(depth, close, '')}`

/** Documents that are large, deep or repetitive, to be dear to parse, check, measure, compile or run. */
export const DOCUMENTS = [
  ...family('aliases', {
    'of one field': refused('OPERATION_TOO_LARGE', `{ ${times(400, (n) => `a${n}: __typename`)} }`),
    'of lists': refused(
      'OPERATION_TOO_LARGE',
      `{ ${times(100, (n) => `a${n}: papers(first: 100) { nodes { id } }`)} }`,
    ),
    'of searches': refused(
      'OPERATION_TOO_LARGE',
      `{ ${times(100, (n) => `a${n}: search(query: "a${n}") { facets { months { count } } }`)} }`,
    ),
    'of the same fields inside of each other': refused(
      'OPERATION_TOO_LARGE',
      `{ papers { nodes { ${times(40, (n) => `a${n}: authors { nodes { ${times(5, (m) => `b${m}: slug`)} } }`)} } } }`,
    ),
    'named like members of objects': answered(
      '{ __proto__: __typename constructor: __typename toString: __typename hasOwnProperty: __typename then: __typename }',
    ),
    'named __proto__, of an object': answered('{ __proto__: papers(first: 1) { __proto__: nodes { __proto__: id } } }'),
  }),

  ...family('fields', {
    'repeated at the root': refused('GRAPHQL_VALIDATION_FAILED', `{ ${times(1_900, '__typename')} }`),
    'repeated in a list': refused('GRAPHQL_VALIDATION_FAILED', `{ papers { nodes { ${times(1_800, 'id')} } } }`),
    'repeated with selections': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${times(90, 'papers(first: 1) { nodes { id title arxivId } }')} }`,
    ),
    'repeated with arguments': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${times(120, 'papers(first: 1, orderBy: NEWEST) { totalCount }')} }`,
    ),
    'repeated as often as is allowed': answered(`{ ${times(49, 'papers(first: 1) { nodes { id title arxivId } }')} }`),
    'repeated in inline fragments': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${times(200, '... on Query { __typename }')} }`,
    ),
    'in conflict': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${times(100, (n) => `papers(first: ${n + 1}) { totalCount }`)} }`,
    ),
    'in conflict, deep below': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${times(50, (n) => `papers(first: 1) { nodes { authors(first: 1) { nodes { papers(first: ${n + 1}) { totalCount } } } } }`)} }`,
    ),
    unknown: refused('GRAPHQL_VALIDATION_FAILED', `{ ${times(1_800, (n) => `papers${n}`)} }`),
    'with a long unknown name': refused('GRAPHQL_VALIDATION_FAILED', `{ ${'paper'.repeat(40_000)} }`),
    'with an unknown name that resembles many': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ papers { nodes { ${times(600, (n) => `voteCoun${n} autors${n} titel${n}`)} } } }`,
    ),
    'with unknown arguments': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ papers(${times(450, (n) => `frist${n}: 1`)}) { totalCount } }`,
    ),
    'with an argument many times': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ papers(${times(450, 'first: 1')}) { totalCount } }`,
    ),
    'of objects without a selection': refused('GRAPHQL_VALIDATION_FAILED', `{ ${times(600, 'papers')} }`),
  }),

  ...family('fragments', {
    'that spread each other twice, at the root': refused(
      'OPERATION_TOO_LARGE',
      `{ ...F0 } ${doubling(100, 'Query', '__typename')}`,
    ),
    'that spread each other twice, below papers': refused(
      'OPERATION_TOO_LARGE',
      `{ papers { nodes { ...F0 } } } ${doubling(60, 'Paper', 'title')}`,
    ),
    'that spread each other twice, inside of objects': refused(
      'OPERATION_TOO_LARGE',
      `{ papers(first: 1) { nodes { ...F0 } } } ${doubling(13, 'Paper', 'title', 'organization { papers(first: 1) { nodes { ...NEXT } } } topics { papers(first: 1) { nodes { ...NEXT } } }')}`,
    ),
    'that spread each other ten times': refused(
      'OPERATION_TOO_LARGE',
      `{ papers { nodes { ...F0 } } } ${doubling(18, 'Paper', 'title abstract', times(20, '...NEXT'))}`,
    ),
    'that spread each other just as often as is allowed': answered(
      `{ papers(first: 1) { nodes { ...F0 } } } ${doubling(12, 'Paper', 'title')}`,
    ),
    'within inline fragments': refused(
      'OPERATION_TOO_LARGE',
      `{ papers { nodes { ...F0 } } } ${doubling(40, 'Paper', 'title', '... on Paper { ...NEXT } ... { ... on Node { ...NEXT } }')}`,
    ),
    'that spread themselves': refused('GRAPHQL_VALIDATION_FAILED', '{ ...A } fragment A on Query { ...A }'),
    'in a circle of hundred': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ...F0 } ${times(100, (n) => `fragment F${n} on Query { ...F${(n + 1) % 100} }`)}`,
    ),
    'that all spread each other': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ...F0 } ${times(20, (n) => `fragment F${n} on Query { ${times(20, (m) => `...F${m}`)} }`)}`,
    ),
    'that all spread the later ones': refused(
      'OPERATION_TOO_LARGE',
      `{ papers { nodes { ...F0 } } } ${times(30, (n) => `fragment F${n} on Paper { title ${times(29 - n, (m) => `...F${n + m + 1}`)} }`)}`,
    ),
    'with the same fields': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ papers(first: 1) { nodes { ${times(60, (n) => `...F${n}`)} } } } ${times(60, (n) => `fragment F${n} on Paper { authors(first: 1) { nodes { slug name } } title }`)}`,
    ),
    'with fields in conflict': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ papers(first: 1) { nodes { ${times(60, (n) => `...F${n}`)} } } } ${times(60, (n) => `fragment F${n} on Paper { authors(first: ${n + 1}) { nodes { slug } } }`)}`,
    ),
    'that are not used': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ __typename } ${times(250, (n) => `fragment F${n} on Paper { id }`)}`,
    ),
    'of one name': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ papers { nodes { ...F } } } ${times(200, 'fragment F on Paper { id }')}`,
    ),
    'named like members of objects': answered(
      `{ papers(first: 1) { nodes { ...__proto__ ...constructor ...toString } } }
       fragment __proto__ on Paper { id } fragment constructor on Paper { title } fragment toString on Paper { arxivId }`,
    ),
    'that are unknown': refused('GRAPHQL_VALIDATION_FAILED', `{ ${times(600, (n) => `...F${n}`)} }`),
    'on unknown types': refused('GRAPHQL_VALIDATION_FAILED', `{ ${times(300, (n) => `... on Paper${n} { id }`)} }`),
    'inline, many levels': refused('GRAPHQL_VALIDATION_FAILED', `{ ${nested(350, '... on Query {', 'nothing')} }`),
  }),

  ...family('depth', {
    'of lists of papers': refused(
      'OPERATION_TOO_LARGE',
      `{ ${nested(8, 'papers(first: 1) { nodes { authors(first: 1) { nodes {', 'id', '} } } }')} }`,
    ),
    'of one object': refused(
      'OPERATION_TOO_LARGE',
      `{ papers { nodes { organization { ${nested(60, 'papers { nodes { organization {', 'id', '} } }')} } } } }`,
    ),
    'of braces': refused('GRAPHQL_PARSE_FAILED', '{'.repeat(1_999)),
    'of braces, beyond the number of tokens': refused('GRAPHQL_PARSE_FAILED', '{a'.repeat(60_000)),
    'of a list': refused('BAD_USER_INPUT', `{ nodes(ids: ${'['.repeat(950)}${']'.repeat(950)}) { id } }`),
    'of an object': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ papers(filter: ${'{a: '.repeat(390)}1${'}'.repeat(390)}) { totalCount } }`,
    ),
    'of a type': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `query ($a: ${'['.repeat(900)}Int${']'.repeat(900)}) { papers(first: $a) { totalCount } }`,
    ),
    'of introspection': refused(
      'OPERATION_TOO_LARGE',
      `{ __schema { types { ${nested(20, 'fields { type {', 'name', '} }')} } } }`,
    ),
    'of introspection, by ofType': refused(
      'OPERATION_TOO_LARGE',
      `{ __schema { types { fields { type { ${nested(100, 'ofType {', 'name')} } } } } }`,
    ),
  }),

  ...family('cost', {
    'of lists in lists': refused(
      'OPERATION_TOO_LARGE',
      '{ papers(first: 100) { nodes { authors(first: 100) { nodes { papers(first: 100) { nodes { id } } } } } } }',
    ),
    'of a page in a variable': refused(
      'OPERATION_TOO_LARGE',
      'query ($n: Int = 100) { papers(first: $n) { nodes { authors(first: $n) { nodes { papers(first: $n) { nodes { id } } } } } } }',
    ),
    'of histories': refused('OPERATION_TOO_LARGE', '{ papers(first: 100) { nodes { voteHistory { voteCount } } } }'),
    'of the past': refused(
      'OPERATION_TOO_LARGE',
      `{ ${times(40, (n) => `a${n}: papers(asOf: "2026-02-10T00:00:00Z") { nodes { id } }`)} }`,
    ),
    'of many introspections': refused(
      'OPERATION_TOO_LARGE',
      `{ ${times(40, (n) => `a${n}: __schema { types { name description fields { name description } } }`)} }`,
    ),
    'of the whole introspection, which tools send': answered(getIntrospectionQuery()),
  }),

  ...family('directives', {
    'many on one field': refused('GRAPHQL_VALIDATION_FAILED', `{ __typename ${times(280, '@skip(if: false)')} }`),
    'that are unknown': refused('GRAPHQL_VALIDATION_FAILED', `{ __typename ${times(650, (n) => `@a${n}`)} }`),
    'with unknown arguments': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ __typename @include(if: true, ${times(300, (n) => `a${n}: 1`)}) }`,
    ),
    '@defer': refused('GRAPHQL_VALIDATION_FAILED', '{ ... @defer { papers { totalCount } } }'),
    '@stream': refused('GRAPHQL_VALIDATION_FAILED', '{ papers { nodes @stream { id } } }'),
    'on an operation': refused('GRAPHQL_VALIDATION_FAILED', 'query @skip(if: true) { __typename }'),
  }),

  ...family('texts', {
    'a comment of 250,000 characters': answered(`{ __typename } #${'x'.repeat(250_000)}`),
    'commas of 250,000 characters': answered(`{ __typename${','.repeat(250_000)} }`),
    'a name of 200,000 characters': refused('GRAPHQL_VALIDATION_FAILED', `{ a${'a'.repeat(200_000)} }`),
    'the name of an operation of 200,000 characters': answered(
      (variant) => `query Q${variant}_${'q'.repeat(200_000)} { __typename }`,
    ),
    'a block string of 200,000 characters': answered(`{ topic(slug: """${'\\n '.repeat(60_000)}""") { id } }`),
    'a string of escapes': answered(`{ topic(slug: "${'\\u0041'.repeat(30_000)}") { id } }`),
    'a NUL escape': refused('BAD_USER_INPUT', '{ topic(slug: "a\\u0000") { id } }'),
    'half a surrogate pair': refused('GRAPHQL_PARSE_FAILED', '{ topic(slug: "\\uD83D") { id } }'),
    'a string that does not end': refused('GRAPHQL_PARSE_FAILED', `{ topic(slug: "${'x'.repeat(200_000)}`),
    'tokens without number': refused('GRAPHQL_PARSE_FAILED', `{ ${times(60_000, 'a')} }`),
    'a number of 100,000 digits': refused('BAD_USER_INPUT', `{ papers(first: ${'9'.repeat(100_000)}) { totalCount } }`),
    'a fraction of 100,000 digits': refused(
      'BAD_USER_INPUT',
      `{ papers(first: 1.${'9'.repeat(100_000)}) { totalCount } }`,
    ),
    'a huge exponent': refused('BAD_USER_INPUT', '{ papers(filter: { minVotes: 1e999999 }) { totalCount } }'),
    'a direction override in a name': refused('GRAPHQL_PARSE_FAILED', '{ \u202epapers { totalCount } }'),
    'a schema': refused('GRAPHQL_VALIDATION_FAILED', 'type Query { hurt: String } { __typename }'),
    'an extension of the schema': refused(
      'GRAPHQL_VALIDATION_FAILED',
      'extend type Query { hurt: String } { __typename }',
    ),
  }),

  ...family('operations', {
    'two without a name': refused('OPERATION_RESOLUTION_FAILURE', '{ __typename } { __typename }'),
    'of one name': refused('OPERATION_RESOLUTION_FAILURE', times(300, 'query A { __typename }')),
    'three hundred, none of which is named': refused(
      'OPERATION_RESOLUTION_FAILURE',
      times(300, (n) => `query A${n} { __typename }`),
    ),
    none: refused('OPERATION_RESOLUTION_FAILURE', 'fragment A on Query { __typename }'),
    'nothing at all': refused('GRAPHQL_PARSE_FAILED', ''),
    'a subscription to everything': {
      ...refused('GRAPHQL_VALIDATION_FAILED', (_, { paperId }) => {
        return `subscription { ${times(40, (n) => `a${n}: voteCountChanged(paperIds: ["${paperId}"]) { id }`)} }`
      }),
      status: 406,
      code: 'NOT_ACCEPTABLE',
    },
    'votes of nobody': answered((_, { paperId }) => {
      return `mutation { ${times(50, (n) => `a${n}: castVote(input: { paperId: "${paperId}" }) { __typename }`)} }`
    }),
  }),
]
