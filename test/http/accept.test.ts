import { describe, expect, test } from 'vitest'
import { encodingNegotiator, mediaTypeNegotiator } from '../../src/http/accept.ts'
import { negotiateResultType } from '../../src/http/graphql/result-type.ts'

describe('media types', () => {
  const negotiate = mediaTypeNegotiator(['text/html', 'text/markdown'])

  test.each([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    ['text/*', 'text/html'],
    ['text/markdown', 'text/markdown'],
    ['text/markdown, text/html', 'text/markdown'],
    ['text/markdown;q=0.8, text/html', 'text/html'],
    ['text/html;q=0.2, text/markdown;q=0.3', 'text/markdown'],
    ['text/html;q=0, */*', 'text/markdown'],
    ['text/markdown;q=0', null],
    ['application/json', null],
    ['', null],
    ['nonsense', null],
  ])('%s: %s', (accept, expected) => {
    // The second result is a cached one.
    for (const _ of [1, 2]) expect(negotiate(accept)).toBe(expected)
  })
})

describe('results of GraphQL', () => {
  const [json, response] = ['application/json', 'application/graphql-response+json']

  test.each([
    [undefined, json],
    ['application/*', json],
    [`${response}, ${json};q=0.9`, response],
    [`${json};q=0.5, ${response}`, response],
    [`${json}; charset=utf-8`, json],
    [`${json}; charset=utf-16`, null],
    [`${json}, text/html`, json],
    [`${json}, text/html;q=0.1, */*;q=0`, json],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['text/event-stream', null],
    ['multipart/mixed;deferSpec=20220824, application/json', json],
  ])('%s: %s', (accept, expected) => expect(negotiateResultType(accept)).toBe(expected))
})

describe('encodings', () => {
  const negotiate = encodingNegotiator(['br', 'gzip'])

  test.each([
    [undefined, 'identity'],
    ['gzip, deflate, br', 'br'],
    ['gzip, br;q=0.5', 'gzip'],
    ['*', 'br'],
    ['br;q=0, *', 'gzip'],
    ['deflate', 'identity'],
    ['identity;q=0', null],
  ])('%s: %s', (header, expected) => expect(negotiate(header)).toBe(expected))
})
