import { expect, test } from 'vitest'
import { categorySlug, keywordSlug, slugOf } from '../../src/values/slugs.ts'

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
  ['C#', 'c-sharp'],
  ['SFT+RL pipeline', 'sft-plus-rl-pipeline'],
  ['GPT-4.5', 'gpt-4-5'],
  ['$\\ell_1$', 'ell-1'],
  ['∞', 'topic'],
])('the slug of the keyword %s', (keyword, slug) => {
  expect(keywordSlug(keyword)).toBe(slug)
})

test('the slug of a category keeps its dot', () => {
  expect(categorySlug('cs.CL')).toBe('cs.cl')
  expect(categorySlug('cond-mat.mtrl-sci')).toBe('cond-mat.mtrl-sci')
})
