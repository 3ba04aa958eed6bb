/** Gives each term a small number when it is first seen, so that an array can hold a value for each term. */
export class Vocabulary {
  static #count = 0
  /** Tells it from others. */
  readonly id = ++Vocabulary.#count
  readonly #numbers = new Map<string, number>()
  readonly #terms: string[] = []

  get size(): number {
    return this.#terms.length
  }

  numberOf(term: string): number {
    const known = this.#numbers.get(term)
    if (known !== undefined) return known
    const number = this.#terms.push(term) - 1
    this.#numbers.set(term, number)
    return number
  }

  termOf(number: number): string {
    return this.#terms[number] as string
  }
}
