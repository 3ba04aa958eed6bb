import { expect, test } from 'vitest'
import { slugOf, topicSlug, topicSlugsOf } from '../../src/values/slugs.ts'

test.each([
  ['Zoë Müller-Lüdenscheidt', 'zoe-muller-ludenscheidt'],
  ['  J. R. R.  Tolkien ', 'j-r-r-tolkien'],
  ['李明', '李明'],
  ['Łukasz Ødegård', 'łukasz-ødegard'],
  ['Ｆｕｌｌ ｗｉｄｔｈ', 'full-width'],
  ['김민수', '김민수'],
  ['***', 'author'],
  ['x'.repeat(300), 'x'.repeat(100)],
])('the slug of %s', (name, slug) => {
  expect(slugOf(name, 'author')).toBe(slug)
})

test.each([
  ['C', 'c'],
  ['C++', 'c-plus-plus'],
  ['c++ compilers', 'c-plus-plus-compilers'],
  ['C#', 'c-sharp'],
  ['SFT+RL pipeline', 'sft-plus-rl-pipeline'],
  ['GPT-4.5', 'gpt-4.5'],
  ['Node.js', 'node.js'],
  ['et al. metrics', 'et-al-metrics~e31deef0cc'],
  ['Mixture-of-Experts', 'mixture-of-experts'],
  ['mixture_of\u2011experts', 'mixture-of-experts'],
  ['multi-modal', 'multi-modal'],
  ['multimodal', 'multimodal'],
  ['agent', 'agent'],
  ['agents', 'agents'],
  ['深度学习', '深度学习'],
  ['\u03c00.5', 'π0.5'],
])('the slug of the keyword %s', (keyword, slug) => {
  expect(topicSlug('KEYWORD', keyword)).toBe(slug)
})

test('a category keeps its dot, and no keyword has the slug of a category', () => {
  expect(topicSlug('CATEGORY', 'cs.CL')).toBe('cs.cl')
  expect(topicSlug('CATEGORY', 'cond-mat.mtrl-sci')).toBe('cond-mat.mtrl-sci')
  expect(topicSlug('KEYWORD', 'cs.CL')).toMatch(/^cs\.cl~[0-9a-f]{10}$/)
  expect(topicSlug('KEYWORD', 'robotics')).toBe('robotics')
  expect(topicSlug('CATEGORY', 'Robotics')).toMatch(/^robotics~[0-9a-f]{10}$/)
})

test('topics of different names have different slugs', () => {
  const names = (
    'a b|a/b|a. b|a.b|a+b|a + b|a plus b|a+ b|a +b|a#|a sharp|a #|#a|sharp a|a&b|(a) b|á b|a b.|.a b|a++|a+ +|a plus plus|' +
    'a+plus|topic|∞|→|***|²|2|naïve bayes|naive bayes|ガイド|カイト|plus|+|++|plus plus|#|sharp|c ++|c++|c plus+'
  ).split('|')
  const slugs = (['KEYWORD', 'CATEGORY'] as const).flatMap((kind) =>
    [...names, 'cs.cl', 'hep th', 'x'.repeat(101), 'x'.repeat(102)].map((name) => topicSlug(kind, name)),
  )
  expect(slugs.filter((slug, n) => slugs.indexOf(slug) !== n)).toEqual([])
  for (const slug of slugs) expect(slug).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}.-]*(~[0-9a-f]{10})?$/u)
})

test('a topic is found by its slug and by its name, however it is written', () => {
  for (const name of [
    'Large Language Models',
    'large-language-models',
    'LARGE_language\u2010models',
    ' large  language models\u200b',
  ])
    expect(topicSlugsOf(name)).toContain('large-language-models')
  expect(topicSlugsOf('A/B Testing')).toContain(topicSlug('KEYWORD', 'a/b testing'))
  expect(topicSlugsOf(topicSlug('KEYWORD', 'a/b testing'))).toContain(topicSlug('KEYWORD', 'a/b testing'))
  expect(topicSlugsOf('CS.CL')[0]).toBe('cs.cl')
  expect(topicSlugsOf('C-Plus-Plus')[0]).toBe('c-plus-plus')
})
