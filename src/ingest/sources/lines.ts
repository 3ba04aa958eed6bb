import { messageOf } from '../../values/errors.ts'

export interface Line {
  /** From 1. */
  number: number
  text: string
}

/** The lines of a text. Each is read when the previous one has been used, so a file of any length fits in memory. */
export async function* readLines(text: AsyncIterable<string>): AsyncGenerator<Line, void, undefined> {
  let number = 0
  let rest = ''
  for await (const piece of text) {
    // Search the new piece only: a line can be longer than many pieces.
    const end = piece.lastIndexOf('\n')
    if (end === -1) {
      rest += piece
      continue
    }
    for (const line of (rest + piece.slice(0, end)).split('\n')) {
      number += 1
      yield { number, text: line }
    }
    rest = piece.slice(end + 1)
  }
  if (rest !== '') yield { number: number + 1, text: rest }
}

/** The lines that are not blank. */
export async function* filledLines(lines: AsyncIterable<Line>): AsyncGenerator<Line, void, undefined> {
  for await (const line of lines) if (line.text.trim() !== '') yield line
}

/** The JSON value of a text, or the reason why it has none. */
export function parseJson(text: string): { value: unknown } | { reason: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { reason: `It is not JSON: ${messageOf(error).replaceAll('\n', '\\n')}.` }
  }
}
