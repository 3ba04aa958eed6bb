import { expect, test } from 'vitest'
import { normalizeText, wordsOf } from '../../src/search/analyzer.ts'

const terms = (text: string): string[] => wordsOf(text).flatMap(({ parts, wholes }) => [...parts, ...wholes])

test.each([
  ['GPT-4o', ['gpt', '4o', 'gpt4o']],
  ['C++ and C#', ['c++', 'and', 'c#']],
  ['TCP/IP', ['tcp', 'ip', 'tcpip']],
  ['vision-language', ['vision', 'languag', 'visionlanguag']],
  ['vision–language', ['vision', 'languag', 'visionlanguag']],
  ['LLaMA-3.1', ['llama', '3.1', 'llama3.1']],
  ['Llama 3.1 llama3.1', ['llama', '3.1', 'llama3.1', 'llama', '3.1', 'llama3.1']],
  ['SAM 2 sam2', ['sam', '2', 'sam2', 'sam', '2', 'sam2']],
  ['GPT 4o gpt4o', ['gpt', '4o', 'gpt4o', 'gpt', '4o', 'gpt4o']],
  ['CIFAR 100 cifar-100', ['cifar', '100', 'cifar100', 'cifar', '100', 'cifar100']],
  ['3D 3-D 3 D', ['3d', '3d', '3d']],
  ['monocular 3 D shape, figure 3 dark', ['monocular', '3d', 'shape', 'figur', '3', 'figure3', 'dark']],
  ['p53 word2vec 1st', ['p53', 'word2vec', '1st']],
  ['up 20% in 5 steps of 2024', ['up', '20', 'in', '5', 'step', 'of', '2024']],
  ['detection detects compression compressed', ['detect', 'detect', 'compress', 'compress']],
  ['optimisation optimization', ['optim', 'optim']],
  ['supervised supervision', ['supervis', 'supervis']],
  ['behaviour behavioral four', ['behavior', 'behavior', 'four']],
  ['π0.5 pi0.5', ['pi', '0.5', 'pi0.5', 'pi', '0.5', 'pi0.5']],
  ['generalisable generalizable neighbourly neighborly', ['generaliz', 'generaliz', 'neighbor', 'neighbor']],
  ['π0 π_0 τ²-bench', ['pi', '0', 'pi0', 'pi', '0', 'pi0', 'tau', '2', 'bench', 'tau2bench']],
  ["O'Brien don't", ['o', 'brien', 'obrien', 'don', 't']],
  ['dif\u00adfusion mam\u200bba', ['diffus', 'mamba']],
  ['pre-training pretraining', ['pre', 'train', 'pretrain', 'pretrain']],
  ["Alzheimer's", ['alzheim']],
  ['Schrödinger Ångström Łukasz Øre Straße', ['schroding', 'angstrom', 'lukasz', 'ore', 'strass']],
  ['α-synuclein', ['alpha', 'synuclein', 'alphasynuclein']],
  ['$\\alpha$ α', ['alpha', 'alpha']],
  ['λόγος', ['λογοσ']],
  ['Модели', ['модели']],
  ['大模型', ['大', '模', '型', '大模', '模型']],
  ['用GPT模型', ['用', 'gpt', '模', '型', '模型']],
  ['0.698 of 1,000', ['0.698', 'of', '1', '000']],
  ['ﬁne ＡＢＣ x²', ['fine', 'abc', 'x2']],
  ['', []],
  ['— … !', []],
])('%s', (text, expected) => {
  expect(terms(text)).toEqual(expected)
})

test('words have their offsets in the text', () => {
  const text = 'Über “GPT-4o”: 大模型, C++ & naïve café'
  expect(wordsOf(text).map(({ start, end }) => text.slice(start, end))).toEqual([
    'Über',
    'GPT-4o',
    '大模型',
    'C++',
    'naïve',
    'café',
  ])
})

test('composed and decomposed letters normalize to the same text', () => {
  expect(normalizeText('e\u0301')).toBe(normalizeText('é'))
  expect(normalizeText('가')).toBe('가')
  expect(normalizeText('が')).toBe('が'.normalize('NFC'))
})

test('the analysis of a long text takes linear time', () => {
  const begun = performance.now()
  expect(wordsOf('a-'.repeat(200_000)).length).toBe(1)
  expect(wordsOf(`${'x'.repeat(500_000)} y`)[0]?.parts[0]?.length).toBeLessThan(100)
  expect(performance.now() - begun).toBeLessThan(5_000)
})
