/** How many results one of the two generations of a `Memo` has. */
const SIZE = 25_000

/**
 * Remembers the results of a function of short texts. When a generation is full, it becomes the old one, and the results
 * that nobody has asked for since the last time are forgotten.
 */
export class Memo<Result> {
  readonly #compute: (text: string) => Result
  #young = new Map<string, Result>()
  #old = new Map<string, Result>()

  constructor(compute: (text: string) => Result) {
    this.#compute = compute
  }

  of(text: string): Result {
    const known = this.#young.get(text)
    if (known !== undefined) return known
    const result = this.#old.get(text) ?? this.#compute(text)
    if (this.#young.size >= SIZE) {
      this.#old = this.#young
      this.#young = new Map()
    }
    // A copy: V8 keeps the whole of a long text in memory for a part of it.
    this.#young.set(` ${text}`.slice(1), result)
    return result
  }
}
