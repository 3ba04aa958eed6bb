import { expect, test } from 'vitest'
import { originForm, tidyPath } from '../../src/http/request-target.ts'

test.each([
  ['/feeds/papers.rss?first=5', '/feeds/papers.rss?first=5'],
  ['/', '/'],
  ['//api/daily_papers', '/api/daily_papers'],
  ['///api///daily_papers/', '/api/daily_papers/'],
  ['//', '/'],
  ['//?x', '/?x'],
  ['/oembed?url=http://papers.example//x', '/oembed?url=http://papers.example//x'],
  ['//oembed?url=http://papers.example//x', '/oembed?url=http://papers.example//x'],
  ['/papers/https://doi.org/10.48550/arXiv.2509.25454', '/papers/https://doi.org/10.48550/arXiv.2509.25454'],
  ['/graphql#query', '/graphql'],
  ['/graphql?query={x}#//', '/graphql?query={x}'],
  ['http://papers.example/graphql?query={x}', '/graphql?query={x}'],
  ['HTTPS://user@papers.example:8443//feeds//papers.rss', '/feeds/papers.rss'],
  ['http://papers.example', '/'],
  ['http://papers.example?first=5', '/?first=5'],
  ['http://[::1]:4000/healthz', '/healthz'],
  ['*', '*'],
  ['', ''],
  ['http:///graphql', 'http:///graphql'],
  ['ftp://papers.example/graphql', 'ftp://papers.example/graphql'],
  ['papers.example:80', 'papers.example:80'],
])('%s is %s', (target, expected) => {
  expect(originForm(target)).toBe(expected)
})

test('a path of nothing but slashes takes no longer than its length', () => {
  const start = performance.now()
  expect(originForm(`${'/'.repeat(200_000)}x`)).toBe('/x')
  expect(tidyPath(`${':/'.repeat(100_000)}${'/'.repeat(100_000)}`).length).toBe(200_000)
  // With the square of the length it would take minutes.
  expect(performance.now() - start).toBeLessThan(10_000)
})
