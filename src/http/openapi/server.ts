import { z } from 'zod'
import { JSON_TYPE, type Operation, TEXT } from './operation.ts'

const health = { tag: 'server', content: { [TEXT]: null }, kind: 'health' } as const

export const SERVER_OPERATIONS: readonly Operation[] = [
  {
    ...health,
    path: '/healthz',
    id: 'health',
    summary: 'Whether the process is alive',
    description: 'For supervisors. It has no rate limit.',
    refusals: {},
    examples: ['/healthz'],
  },
  {
    ...health,
    path: '/readyz',
    id: 'readiness',
    summary: 'Whether the server can respond',
    description: 'For load balancers: 503 without a database, and from the moment when the server begins to stop.',
    refusals: { 503: [TEXT] },
    examples: ['/readyz'],
  },
  {
    path: '/openapi.json',
    id: 'openapi',
    tag: 'server',
    summary: 'This document',
    description: 'OpenAPI 3.1.',
    content: { [JSON_TYPE]: z.looseObject({ openapi: z.string() }) },
    refusals: { 429: [JSON_TYPE], 503: [JSON_TYPE] },
    examples: ['/openapi.json'],
  },
  {
    path: '/schema.graphql',
    id: 'graphqlSchema',
    tag: 'server',
    summary: 'The schema of the GraphQL API',
    description: 'In the schema language, with all descriptions.',
    content: { [TEXT]: null },
    refusals: {},
    examples: ['/schema.graphql'],
  },
  {
    path: '/llms.txt',
    id: 'llms',
    tag: 'server',
    summary: 'What this server has, for language models',
    description: 'A short Markdown text with links: https://llmstxt.org',
    content: { [TEXT]: null },
    refusals: {},
    examples: ['/llms.txt'],
  },
]

/** What this document leaves out, by the name of a route or by its path, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  '/graphql': 'GraphQL describes itself: by introspection, and at `/schema.graphql`.',
  '/mcp': 'The Model Context Protocol lists its tools itself.',
  home: 'A page for people.',
  archive: 'A page for people.',
  edition: 'A page for people.',
  docs: 'A page for people.',
  'page-papers': 'A page for people; `/feeds/papers.json` has the same list.',
  'page-all-topics': 'A page for people.',
  'page-all-authors': 'A page for people.',
  'page-all-organizations': 'A page for people.',
  'page-topics': 'A page for people.',
  'page-authors': 'A page for people.',
  'page-organizations': 'A page for people.',
  'page-users': 'A page for people.',
  'page-search': 'A page for people; `/feeds/papers.json?query=…` filters by the same search.',
  'digest-confirm': 'A page that a mail links to.',
  'digest-unsubscribe': 'A page that a mail links to.',
  'digest-manage': 'A page that a mail links to.',
  'digest-subscribe': 'A form; the mutation `subscribeToDigest` does the same.',
  'hf-edition': 'Leads from the address of a page of Hugging Face to the page of the edition.',
  'hf-trending': 'Leads from the address of a page of Hugging Face to that of all papers.',
  'link-card': 'A picture that other sites show for a link; pages name it as `og:image`.',
  robots: 'For crawlers.',
  favicon: 'For browsers.',
  'api-none': 'What other paths below `/api` return: 404.',
}
