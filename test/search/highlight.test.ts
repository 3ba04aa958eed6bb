import { describe, expect, test } from 'vitest'
import { wordsOf } from '../../src/search/analyzer.ts'
import {
  type HighlightedTerms,
  highlightPassage,
  highlightTitle,
  PASSAGE_LENGTH,
  type TextSegment,
} from '../../src/search/highlight.ts'
import { isStopWord } from '../../src/search/stop-words.ts'
import { random } from '../support/random.ts'

/** The terms that a query highlights. */
const termsOf = (query: string): Set<string> =>
  new Set(wordsOf(query).flatMap(({ parts, wholes }) => [...parts, ...wholes]))

/** Segments as one text, matches between guillemets. */
const shown = (segments: TextSegment[]): string =>
  segments.map(({ text, isMatch }) => (isMatch ? `«${text}»` : text)).join('')

const title = (text: string, query: string): string => shown(highlightTitle(text, termsOf(query)))
const passage = (text: string, query: string): string => shown(highlightPassage(text, termsOf(query)))

const FILLER = 'Much is said here that nobody asked about. '

describe('matching words', () => {
  test.each([
    ['Graph Neural Networks for Graphs', 'graph network', '«Graph» Neural «Networks» for «Graphs»'],
    ['Schölkopf on Naïve Bayes', 'scholkopf naive', '«Schölkopf» on «Naïve» Bayes'],
    ['What GPT-4o knows', 'gpt4o', 'What «GPT-4o» knows'],
    ['What GPT-4o knows', 'gpt', 'What «GPT-4o» knows'],
    ['The art of the state', 'the state of', 'The art of the «state»'],
    ['Compilers in C++, not C', 'c++', 'Compilers in «C++», not C'],
    ['Rates of $\\alpha$-mixing', 'α', 'Rates of $\\«alpha»$-mixing'],
    ['<script>alert(1)</script> & co', 'script', '<«script»>alert(1)</«script»> & co'],
    ['Why 👩‍👩‍👧‍👦 share 👍🏽 models', 'models', 'Why 👩‍👩‍👧‍👦 share 👍🏽 «models»'],
    ['深度学习与学校', '深度学习', '«深度学习»与学校'],
    ['深度学习与学校', '学', '深度«学»习与«学»校'],
    ['딥러닝 모델', '모델', '딥러닝 «모델»'],
    ['การเรียนรู้เชิงลึก', 'เรียนรู้', 'การ«เรียนรู้»เชิงลึก'],
    ['تعلم عميق للنصوص', 'عميق', 'تعلم «عميق» للنصوص'],
    ['Nothing of it', 'else', 'Nothing of it'],
  ])('in %s for %s', (text, query, expected) => {
    expect(title(text, query)).toBe(expected)
  })

  test('keycaps and combined letters are not split', () => {
    expect(title('Step 1️⃣ first', '1')).not.toContain('«1»')
    expect(shown(highlightTitle('e\u0301tude', termsOf('etude')))).toBe('«e\u0301tude»')
    expect(shown(highlightTitle('می\u200cخواهم', termsOf('می')))).toBe('«می\u200c»خواهم')
  })
})

describe('passages', () => {
  test('a short abstract is returned whole, and the beginning of one without a match', () => {
    expect(passage('Graphs.\n\nMore. ', 'graph')).toBe('«Graphs».\n\nMore. ')
    expect(highlightPassage('', new Set(['a']))).toEqual([])
    const beginning = passage(FILLER.repeat(20), 'graph')
    expect(beginning).toBe(FILLER.repeat(6).trim())
  })

  test('begins and ends with a sentence if that loses no match', () => {
    const text = `${FILLER.repeat(10)}Birds sing on old maps, e.g. of Riga. ${FILLER.repeat(10)}`
    expect(passage(text, 'maps')).toBe(
      `Birds sing on old «maps», e.g. of Riga. ${FILLER.repeat(6)}`.trim().slice(0, 400),
    )
  })

  test('is cut between words if a sentence is too long', () => {
    const text = 'and so it went on '.repeat(60).concat('until the zebra came ', 'and so it went on '.repeat(60))
    const found = passage(text, 'zebra')
    expect(found).toMatch(/^(and|so|it|went|on) .* until the «zebra» came .* (and|so|it|went|on)$/)
    expect(found.indexOf('zebra')).toBeGreaterThan(100)
  })

  test('has the most distinct terms, then the most matches, and is then the first', () => {
    const text = [
      'Graph graph graph graph.',
      FILLER.repeat(8),
      'A graph of networks.',
      FILLER.repeat(8),
      'The graph of a network is a graph.',
      FILLER.repeat(8),
      'The graph of a network is a graph.',
      FILLER.repeat(8),
    ].join(' ')
    const found = passage(text, 'graph network')
    expect(found).toContain('The «graph» of a «network» is a «graph».')
    expect(text.indexOf(found.replaceAll(/[«»]/g, ''))).toBeLessThan(text.indexOf('The graph') + 1)
  })

  test('prefers terms with a greater weight', () => {
    const text = `The common and the usual. ${FILLER.repeat(12)}The rare. ${FILLER.repeat(12)}`
    const weights = new Map([
      ['common', 1],
      ['usual', 1],
      ['rare', 1],
    ])
    expect(shown(highlightPassage(text, weights))).toContain('«common»')
    expect(shown(highlightPassage(text, weights.set('rare', 3)))).toContain('«rare»')
  })

  test('shows the beginning of a word that is longer than a passage', () => {
    const sequence = 'acgt'.repeat(200)
    expect(passage(`${FILLER.repeat(9)}${sequence} end`, sequence)).toBe(`«${sequence.slice(0, PASSAGE_LENGTH)}»`)
  })
})

describe('random texts', () => {
  const PIECES = [
    'graph',
    'Networks',
    'state-of-the-art',
    'GPT-4o',
    'the',
    '$\\mathcal{O}(n^2)$',
    '<script>alert("x")</script>',
    '👩‍👩‍👧‍👦',
    '👍🏽',
    '🇱🇻🇱🇻',
    '❤️',
    '1️⃣',
    'e\u0301\u0301\u0301',
    '\u0301',
    '深度学习',
    'ガッ',
    'ｶﾞ',
    '\u1112\u1161\u11ab',
    'กำลัง',
    'שלום',
    'می\u200cخواهم',
    'क्\u200dष',
    '\ud800',
    '.',
    '. ',
    '! ',
    '。',
    '\n\n',
    '\r\n',
    ' ',
    ' ',
    ' ',
    '-',
  ]
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

  test('segments join to the text, and none splits a grapheme', () => {
    for (let seed = 0; seed < 500; seed += 1) checkSeed(seed)
  })

  function checkSeed(seed: number): void {
    const next = random(seed)
    const pick = () => PIECES[Math.floor(next() * PIECES.length)] as string
    const text = Array.from({ length: Math.floor(next() * 200) }, pick).join('')
    const terms = [...termsOf(Array.from({ length: 1 + Math.floor(next() * 4) }, pick).join(' '))]
    const highlighted: HighlightedTerms = next() < 0.5 ? new Set(terms) : new Map(terms.map((term) => [term, next()]))
    const boundaries = new Set(Array.from(graphemes.segment(text), ({ index }) => index)).add(text.length)

    const ofTitle = highlightTitle(text, highlighted)
    expect(ofTitle.map((segment) => segment.text).join('')).toBe(text)
    const ofAbstract = highlightPassage(text, highlighted)
    const joined = ofAbstract.map((segment) => segment.text).join('')
    if (text.length <= PASSAGE_LENGTH) expect(joined).toBe(text)
    expect(joined.length).toBeLessThanOrEqual(PASSAGE_LENGTH + 60)
    if (text.trim() !== '') expect(joined).not.toBe('')
    expect(ofAbstract.some(({ isMatch }) => isMatch)).toBe(ofTitle.some(({ isMatch }) => isMatch))

    for (const segments of [ofTitle, ofAbstract]) {
      expect(segments.every((segment) => segment.text !== '')).toBe(true)
      // A passage can be in the text more than once. At one offset, all segments begin and end between graphemes.
      const whole = segments.map((segment) => segment.text).join('')
      const lengths = segments.map((segment) => segment.text.length)
      const isClean = (start: number): boolean => {
        const cuts = lengths.map((_, index) => lengths.slice(0, index + 1).reduce((sum, length) => sum + length, start))
        return [start, ...cuts].every((cut) => boundaries.has(cut))
      }
      const places: number[] = []
      for (let place = text.indexOf(whole); place !== -1 && place < text.length; place = text.indexOf(whole, place + 1))
        places.push(place)
      expect(whole === '' || places.some(isClean), `seed ${seed}`).toBe(true)
    }
  }

  test.each([
    ['English', 'We propose a graph neural network for folding, e.g. with $\\alpha$-carbon models. It works well. '],
    ['Chinese', '我们提出了一种新的深度学习方法用于蛋白质折叠预测。'],
    ['blanks', '\n'],
    ['full stops', '.)'],
    ['one word', 'graph'],
    ['a compound', 'graph-'],
  ])('takes linear time: %s', (_, piece) => {
    const highlighted = termsOf('graph network well 深度学习')
    const long = piece.repeat(Math.ceil(300_000 / piece.length))
    const started = performance.now()
    highlightPassage(long, highlighted)
    // About 50 ms for three times the longest abstract. Quadratic time would be minutes.
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

test('marks every word that has a term, wherever it is', () => {
  const pieces = (
    "sparse dying ties lied (x-ray) o’Brien O'Brien SAM 2 GPT 4o, gpt4o 3 D 3D monocular 3-D 5% C++ c d'Alembert naïve ﬁne pre-training " +
    'colour favourites cruisers realised relational abilities easily dyes skies goes end-to-end state-of-the-art B-cell ' +
    'optimisation I/O “Über” qwen2.5-coder, $\\alpha$ α-synuclein 4o 2 the\nend'
  ).split(' ')
  const draw = random(3)
  const pick = () => pieces[Math.floor(draw() * pieces.length)] as string
  for (let round = 0; round < 2_000; round += 1) {
    const text = Array.from({ length: 12 }, pick).join(' ')
    const terms = new Set(wordsOf(`${pick()} ${pick()}`).flatMap(({ parts, wholes }) => [...parts, ...wholes]))
    const isHighlighted = (term: string) => terms.has(term) && !isStopWord(term)
    const marked = wordsOf(text)
      .filter(({ parts, wholes }) => parts.some(isHighlighted) || wholes.some(isHighlighted))
      .map(({ start, end }) => text.slice(start, end))
    const segments = highlightTitle(text, terms)
    expect(segments.map((segment) => segment.text).join('')).toBe(text)
    expect(
      segments.filter(({ isMatch }) => isMatch).map((segment) => segment.text),
      `${[...terms]} in ${text}`,
    ).toEqual(marked)
  }
})
