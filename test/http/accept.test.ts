import { describe, expect, test } from 'vitest'
import { encodingNegotiator, mediaTypeNegotiator } from '../../src/http/accept.ts'
import { negotiateResultOrPage, negotiateResultType } from '../../src/http/graphql/result-type.ts'

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
  const [json, response, stream] = ['application/json', 'application/graphql-response+json', 'text/event-stream']

  test.each([
    [undefined, json],
    ['application/*', json],
    [`${response}, ${json};q=0.9`, response],
    [`${json};q=0.5, ${response}`, response],
    [`${json};q=0, */*`, response],
    [`${json}; charset=utf-8`, json],
    [`${json}; charset=utf-16`, null],
    [`${json}, text/html`, json],
    [`${json}, text/html;q=0.1, */*;q=0`, json],
    ['multipart/mixed;deferSpec=20220824, application/json', json],
    ['multipart/mixed', null],
    [stream, stream],
    [`${stream}, ${json}`, json],
    [`${stream}, ${json};q=0.9`, stream],
    [`${json}, ${stream};q=0.9`, json],
    [`${stream};q=0, */*;q=0.1`, json],
  ])('%s: %s', (accept, expected) => {
    expect(negotiateResultType(accept)).toBe(expected)
    expect(negotiateResultOrPage(accept)).toBe(expected)
  })

  test.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html', json],
    ['text/html', 'text/html', null],
    [`text/html;q=0.5, ${response}`, response, response],
    [`text/html, ${stream};q=0.5`, 'text/html', stream],
  ])('%s: %s of a request that may open a page', (accept, page, other) => {
    expect(negotiateResultOrPage(accept)).toBe(page)
    expect(negotiateResultType(accept)).toBe(other)
  })
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
