import { answered, family, type HostileInput, refused, refusedInPart, times } from './input.ts'

const PAPERS = 'query ($filter: PaperFilter) { papers(filter: $filter) { totalCount } }'
const FIRST = 'query ($first: Int) { papers(first: $first) { totalCount } }'
const AFTER = 'query ($after: String) { papers(orderBy: NEWEST, after: $after) { nodes { id } } }'
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'

/** JSON that JSON.stringify would not write. */
const json = (variables: string, query = PAPERS): HostileInput['request'] => {
  return (variant) => ({
    headers: { accept: 'application/graphql-response+json', 'content-type': 'application/json' },
    body: `{"query":${JSON.stringify(`${query} # ${variant}`)},"variables":${variables}}`,
  })
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

/** Variables, ids and cursors of wrong forms and sizes. */
export const VALUES = [
  ...family('variables', {
    'a list': refused('BAD_REQUEST', PAPERS, [1, 2]),
    'a text': refused('BAD_REQUEST', PAPERS, 'filter'),
    'a number': refused('BAD_REQUEST', PAPERS, 5),
    'of another type': refused('BAD_USER_INPUT', PAPERS, { filter: [[['x']]] }),
    'a number as a text': refused('BAD_USER_INPUT', FIRST, { first: '1' }),
    'a huge number': refused('BAD_USER_INPUT', FIRST, { first: 1e300 }),
    'an infinite number': { request: json('{"first":1e999}', FIRST), status: 400, code: 'BAD_USER_INPUT' },
    'a number of 100,000 digits': {
      request: json(`{"first":${'9'.repeat(100_000)}}`, FIRST),
      status: 400,
      code: 'BAD_USER_INPUT',
    },
    'lists 50,000 deep': {
      request: json(`{"filter":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
      status: 400,
      code: 'BAD_REQUEST',
    },
    'objects 20,000 deep': {
      request: json(`{"filter":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`),
      status: 400,
      code: 'BAD_REQUEST',
    },
    'deep, of a name that the operation does not have': {
      request: json(`{"other":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
      status: 400,
      code: 'BAD_REQUEST',
    },
    '15,000 that the operation does not have': refused(
      'BAD_REQUEST',
      PAPERS,
      Object.fromEntries(Array.from({ length: 15_000 }, (_, n) => [`a${n}`, n])),
    ),
    '10,000 unknown members': refused('BAD_REQUEST', PAPERS, {
      filter: Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`minVote${n}`, n])),
    }),
    '200 unknown members': refused('BAD_USER_INPUT', PAPERS, {
      filter: Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`minVote${n}`, n])),
    }),
    'an unknown member of 100,000 characters': refused('BAD_USER_INPUT', PAPERS, {
      filter: { ['minVotes'.repeat(12_500)]: 1 },
    }),
    'an unknown value of an enum of 100,000 characters': refused(
      'BAD_USER_INPUT',
      'query ($order: PaperOrder!) { papers(orderBy: $order) { totalCount } }',
      { order: 'NEWEST'.repeat(15_000) },
    ),
    'a member __proto__': {
      request: json('{"filter":{"__proto__":{"minVotes":5}}}'),
      status: 400,
      code: 'BAD_USER_INPUT',
    },
    'a member constructor': {
      request: json('{"filter":{"constructor":{"prototype":{"minVotes":5}}}}'),
      status: 400,
      code: 'BAD_USER_INPUT',
    },
    'named __proto__': {
      request: json('{"__proto__":{"first":5}}', FIRST),
      status: 200,
      code: null,
    },
    'named __proto__ by the operation': {
      request: json('{"__proto__":5}', 'query ($__proto__: Int) { papers(first: $__proto__) { totalCount } }'),
      status: 200,
      code: null,
    },
    'a NUL character': refused('BAD_USER_INPUT', PAPERS, { filter: { query: 'a\0b' } }),
    'half a surrogate pair': {
      request: json('{"filter":{"query":"\\ud800"}}'),
      status: 400,
      code: 'BAD_USER_INPUT',
    },
    'a NUL character in a name': {
      request: json('{"filter":{"a\\u0000":1}}'),
      status: 400,
      code: 'BAD_USER_INPUT',
    },
    'a slug of 200,000 characters': answered('query ($slug: String!) { topic(slug: $slug) { id } }', {
      slug: 'x'.repeat(200_000),
    }),
    '20,000 topics': refused('BAD_REQUEST', PAPERS, {
      filter: { topics: Array.from({ length: 20_000 }, (_, n) => `t${n}`) },
    }),
    'a date that does not exist': refused('BAD_USER_INPUT', '{ edition(date: "2026-02-30") { date } }'),
    'a date with 100,000 digits': refused(
      'BAD_USER_INPUT',
      `{ edition(date: "${'2'.repeat(100_000)}-01-01") { date } }`,
    ),
    'used but not declared, 180 times': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `{ ${times(180, (n) => `papers(first: $a${n}) { totalCount }`)} }`,
    ),
    'declared but not used, 400 times': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `query (${times(400, (n) => `$a${n}: Int`)}) { __typename }`,
    ),
    'of unknown types': refused(
      'GRAPHQL_VALIDATION_FAILED',
      `query (${times(300, (n) => `$a${n}: Int${n}`)}) { __typename }`,
    ),
  }),

  ...family('ids', {
    '20,000': refused('BAD_REQUEST', NODES, { ids: Array.from({ length: 20_000 }, (_, n) => `x${n}`) }),
    'of 200,000 characters': refusedInPart('BAD_USER_INPUT', NODES, { ids: ['x'.repeat(200_000)] }),
    'with a huge number': refusedInPart('BAD_USER_INPUT', NODES, { ids: [base64url('Paper:99999999999999999999999')] }),
    'with SQL': refusedInPart('BAD_USER_INPUT', NODES, { ids: [base64url("Paper:1' or '1'='1")] }),
    'of an unknown type': refusedInPart('BAD_USER_INPUT', NODES, {
      ids: [base64url('__proto__:1'), base64url('constructor:1')],
    }),
    'with a NUL character': refusedInPart('BAD_USER_INPUT', NODES, { ids: [base64url('Paper:1\0')] }),
  }),

  ...family('cursors', {
    'no base64': refusedInPart('BAD_USER_INPUT', AFTER, { after: '%%%' }),
    'of 200,000 characters': refusedInPart('BAD_USER_INPUT', AFTER, { after: 'A'.repeat(200_000) }),
    'deep JSON': refusedInPart('BAD_USER_INPUT', AFTER, {
      after: base64url(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
    }),
    SQL: refusedInPart('BAD_USER_INPUT', AFTER, { after: base64url('["NEWEST","1; drop table papers",1]') }),
    'numbers out of range': refusedInPart('BAD_USER_INPUT', AFTER, { after: base64url('["NEWEST",1e999,-1e999]') }),
    'an object': refusedInPart('BAD_USER_INPUT', AFTER, { after: base64url('{"__proto__":{"length":3}}') }),
    'of another list': refusedInPart(
      'BAD_USER_INPUT',
      (_, { cursor }) => `{ topics(after: "${cursor}") { nodes { id } } }`,
    ),
    'with something behind it': refusedInPart(
      'BAD_USER_INPUT',
      (_, { cursor }) => `{ papers(orderBy: NEWEST, after: "${cursor}${cursor}") { nodes { id } } }`,
    ),
    'of another order': refusedInPart(
      'BAD_USER_INPUT',
      (_, { cursor }) => `{ papers(orderBy: MOST_VOTED, after: "${cursor}") { nodes { id } } }`,
    ),
  }),
]
