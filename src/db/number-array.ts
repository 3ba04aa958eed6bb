const COMMA = 44
const ZERO = 48
/** The most digits of a number that JavaScript has exactly, and a comma. */
const LONGEST = 17
/** Larger numbers are divided as floating point numbers, which takes longer. */
const SMALL = 2 ** 31

/**
 * An array of whole numbers that are not negative, as Postgres writes it. Five times as fast as `join`, and ten times as fast as
 * the driver: the search index has millions of numbers.
 */
export function numberArray(numbers: ArrayLike<number>): string {
  const bytes = Buffer.allocUnsafe(numbers.length * LONGEST)
  let end = 0
  for (let n = 0; n < numbers.length; n += 1) {
    let rest = numbers[n] as number
    let digits = 1
    for (let limit = 10; rest >= limit; limit *= 10) digits += 1
    let at = end + digits
    end = at + 1
    bytes[at] = COMMA
    for (; rest >= SMALL; rest = Math.floor(rest / 10)) bytes[--at] = ZERO + (rest % 10)
    for (let left = at - (end - 1 - digits); left > 0; left -= 1) {
      const tenth = (rest / 10) | 0
      bytes[--at] = ZERO + rest - tenth * 10
      rest = tenth
    }
  }
  return `{${bytes.toString('latin1', 0, Math.max(0, end - 1))}}`
}

/** The numbers that `string_agg` joined with commas; none of the null that it makes of no rows. */
export const numbersIn = (text: string | null | undefined): number[] => (text ? text.split(',').map(Number) : [])
