import { numberOf } from './numbers.ts'

/** Two letters each, so that different numbers give different names. */
export const SYLLABLES = [...'bcdfghjklmnprstvwxyz'].flatMap((consonant) =>
  [...'aeiou'].map((vowel) => consonant + vowel),
)

export const BEYOND_LATIN_1 = [
  'Erdős–Rényi',
  'λ-calculus',
  'ε-greedy',
  '大規模言語モデル',
  'обучение',
  '∇-free',
  'Čebyšëv',
  '🤗',
  '“in the wild”',
]

/** Stop words, the most common first: a third of a text. */
export const STOP_WORDS = (
  'the of and to a in we for that with is on this by as are from our which these can it be an while at through but such ' +
  'between both their into its across than has not more have each over however they when where or without under only also ' +
  'most how other during after further all same there what'
).split(' ')

/** The most common first, as in the abstracts of daily papers. */
const ORDINARY_WORDS = (
  'model method data learning language training performance task result approach framework benchmark generation ' +
  'reasoning evaluation network large-scale image improvement experiment challenge problem dataset quality feature ' +
  'knowledge system representation information context capability efficiency architecture accuracy inference ' +
  'state-of-the-art attention agent structure effect visual policy reward video analysis code feedback domain ' +
  'distribution alignment memory generalization robustness optimization process human level complexity strategy ' +
  'application mechanism interaction environment baseline setting study sequence sample open-source novel existing ' +
  'diverse significant effective robust complex high-quality consistent comprehensive real-world demonstrate ' +
  'propose introduce achieve enable outperform address leverage provide evaluate generate require enhance explore ' +
  'reveal present develop extend capture design support integrate analyze reduce highlight investigate maintain ' +
  'observe apply token prompt transformer diffusion embedding encoder decoder gradient loss parameter layer latent ' +
  'scene object motion speech audio text question answer document search retrieval graph tool step signal noise ' +
  'sampling error cost budget compute scale multimodal vision-language fine-tuning pre-training post-training ' +
  'zero-shot few-shot end-to-end long-context in-context step-by-step self-supervised cross-modal low-rank ' +
  'open-ended multi-agent text-to-image chain-of-thought fine-grained instruction preference safety bias fairness ' +
  'privacy uncertainty calibration supervision annotation label judge verifier robot manipulation navigation ' +
  'planning simulation trajectory control action sensor camera depth pose geometry mesh surface rendering view ' +
  'resolution pixel patch segmentation detection recognition tracking classification prediction regression ' +
  'translation summarization dialogue conversation speaker voice music emotion opinion persona story creativity ' +
  'style character mathematical logic proof theorem symbolic formal program software compiler repository bug test ' +
  'execution verification hardware memory-efficient throughput latency parallel distributed quantization pruning ' +
  'distillation compression sparsity sparse dense deep shallow small large linear nonlinear stochastic ' +
  'deterministic dynamic static adaptive hierarchical modular temporal spatial causal statistical neural semantic ' +
  'syntactic lexical acoustic textual physical virtual synthetic natural medical clinical patient diagnosis ' +
  'treatment disease protein molecule gene cell drug chemistry biology brain imaging health climate weather energy ' +
  'material physics quantum particle fluid earth satellite ocean traffic vehicle driving city map region legal ' +
  'financial education student teacher social cultural political economic market user community society country ' +
  'population attack defense adversarial backdoor watermark detection-free jailbreak leakage copyright trust ' +
  'transparency explanation interpretability attribution probe circuit neuron activation residual normalization ' +
  'convolution recurrent kernel matrix tensor vector manifold metric distance similarity cluster boundary margin ' +
  'threshold entropy likelihood posterior prior variance estimator bound convergence rate stability sensitivity ' +
  'sweep schedule momentum optimizer initialization checkpoint ablation curriculum exploration exploitation bandit ' +
  'value critic actor demonstration imitation rollout horizon episode offline online federated private secure ' +
  'decentralized collaborative competitive cooperative interactive autonomous embodied unified general specific ' +
  'universal transferable compositional contrastive generative discriminative autoregressive bidirectional ' +
  'iterative recursive progressive incremental continual lifelong forgetting plasticity evolution mutation ' +
  'population-based genetic swarm table chart figure equation formula layout webpage interface screen keyboard ' +
  'mobile desktop browser database query index cache corpus vocabulary tokenizer word sentence paragraph passage ' +
  'entity relation event topic keyword concept ontology taxonomy hypothesis evidence claim fact hallucination ' +
  'citation reference source provenance consistency contradiction ambiguity negation frame clip shot scene-level ' +
  'caption subtitle animation avatar gesture face hand body skeleton garment texture material-aware illumination ' +
  'shadow reflection occlusion blur compression-aware super-resolution denoising inpainting editing stylization gap ' +
  'limit trade-off principle insight pattern trend phenomenon factor aspect component module pipeline protocol ' +
  'paradigm foundation backbone adapter expert router gate mixture ensemble cascade hybrid plug-in scaffold ' +
  'template workflow'
).split(' ')

/** The number of common words, whose frequency falls slowly with their place (Zipf). In the tail after them it falls fast. */
const COMMON = 900
/** p(place) falls as 1/(place + OFFSET) before the place `COMMON`, and as place^-TAIL_EXPONENT after it. */
const OFFSET = 40
/** A text of n words has about n^(1/TAIL_EXPONENT) different words (Heaps). */
const TAIL_EXPONENT = 1.75
const COMMON_WEIGHT = Math.log((COMMON + OFFSET) / OFFSET)
const TAIL_WEIGHT = COMMON / (COMMON + OFFSET) / (TAIL_EXPONENT - 1)
const COMMON_SHARE = COMMON_WEIGHT / (COMMON_WEIGHT + TAIL_WEIGHT)

/** The first place at which some words are names, numbers or compounds, as in real papers. */
const FIRST_RARE = 2_000
/** Words have two syllables before this number, and three from it on. */
const FIRST_LONG = 20_000
/** Nearly the number of words of two syllables, and of three. */
const [PRIME_BELOW_60_000, PRIME_BELOW_6_MILLION] = [59_999, 5_999_993]
/** The number of words in memory, from which most are drawn. */
const KEPT = 60_000

const ENDINGS = 'lmnrst'
const SUFFIXES = ['Net', 'Bench', 'Former', 'LM', 'GPT', 'Diff', 'RL', 'VQA']

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const itemOf = <T>(list: readonly T[], number: number): T => list[number % list.length] as T

/**
 * An endless list of words, the most frequent first: a larger catalogue has a larger vocabulary, as real papers do. The
 * frequencies are those of the daily papers and of SciFact: the word at place 10 is in every third paper, at place 1,000 in
 * one of fifty, at place 10,000 in one of two thousand.
 */
export class Vocabulary {
  readonly #seed: number
  readonly #kept: string[] = []

  constructor(seed: number) {
    this.#seed = seed
  }

  /** The place of the word for a random number from 0 to below 1, so that words have their frequencies. */
  place(draw: number): number {
    if (draw < COMMON_SHARE) return Math.floor(OFFSET * Math.exp((draw / COMMON_SHARE) * COMMON_WEIGHT) - OFFSET)
    const tail = (draw - COMMON_SHARE) / (1 - COMMON_SHARE)
    return Math.floor(Math.min(COMMON * (1 - tail) ** (1 / (1 - TAIL_EXPONENT)), Number.MAX_SAFE_INTEGER))
  }

  word(place: number): string {
    const kept = this.#kept[place]
    if (kept !== undefined) return kept
    const made = this.#made(place)
    if (place < KEPT) this.#kept[place] = made
    return made
  }

  /** The `count` most common words that are not compounds. */
  plainWords(count: number): string[] {
    const words: string[] = []
    for (let place = 0; words.length < count; place += 1) {
      const word = this.word(place)
      if (!word.includes('-')) words.push(word)
    }
    return words
  }

  /** A name for a paper's model or method. */
  name(number: number): string {
    const stem = capital(this.#pronounceable(FIRST_LONG + number))
    if (number % 3 === 0) return `${stem.slice(0, 4)}${itemOf(SUFFIXES, number >> 2)}`
    return number % 3 === 1 ? stem : `${stem}-${1 + (number % 9)}`
  }

  #made(place: number): string {
    if (place < ORDINARY_WORDS.length) return ORDINARY_WORDS[place] as string
    const plain = this.#pronounceable(place - ORDINARY_WORDS.length)
    if (place < FIRST_RARE) return plain
    const dice = numberOf(this.#seed, place)
    const more = dice >>> 8
    switch (dice % 16) {
      case 0:
        return `${capital(plain)}-${1 + (more % 90)}B`
      case 1:
        return `${plain.slice(0, 4).toUpperCase()}-${1 + (more % 40)}`
      case 2:
        return capital(plain.slice(0, 4)) + itemOf(SUFFIXES, more)
      case 3:
        return `${(more % 9_999) / 100}%`
      case 4:
      case 5:
        return `${this.word(more % 1_500)}-${this.word((more >>> 11) % 1_500)}`
      case 6:
      case 7:
      case 8:
        return capital(plain)
      default:
        return plain
    }
  }

  /** Different numbers give different words, up to some millions. */
  #pronounceable(number: number): string {
    const isLong = number >= FIRST_LONG
    const prime = isLong ? PRIME_BELOW_6_MILLION : PRIME_BELOW_60_000
    const factor = 1 + (numberOf(this.#seed, prime) % (prime - 1))
    let rest = ((number % prime) * factor) % prime
    let word = ''
    for (let syllables = isLong ? 3 : 2; syllables > 0; syllables -= 1) {
      word += SYLLABLES[rest % 100]
      rest = Math.floor(rest / 100)
    }
    return word + ENDINGS[rest]
  }
}
