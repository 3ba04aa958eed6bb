/** An array in a JSON text, whose elements are as they are in the text: `2510.10490` keeps its zero. */
export interface JsonArray {
  elements: string[]
  /** The text before the first element, with the bracket, and that after the last one. */
  before: string
  after: string
}

/**
 * Finds an array in a sound JSON text: the text itself, or the member of that name of the object that the text is. Nothing is
 * parsed, so no depth of the elements is too large.
 */
export function arrayIn(json: string, member: string): JsonArray | null {
  const marks = /["{}[\],]/g
  let depth = 0
  let isObject = false
  let key = ''
  let elements: string[] = []
  let [start, elementStart] = [-1, -1]
  let arrayDepth = -1
  let found: JsonArray | null = null
  for (let mark = marks.exec(json); mark !== null; mark = marks.exec(json)) {
    const [character] = mark
    const at = mark.index
    if (character === '"') {
      const end = endOfString(json, at)
      if (depth === 1) key = json.slice(at, end)
      marks.lastIndex = end
    } else if (character === '{' || character === '[') {
      if (depth === 0) isObject = character === '{'
      depth += 1
      if (character === '[' && (isObject ? depth === 2 && JSON.parse(key) === member : depth === 1)) {
        elements = []
        arrayDepth = depth
        start = at + 1
        elementStart = start
      }
    } else {
      if (depth === arrayDepth && character !== '}') {
        const element = json.slice(elementStart, at).trim()
        if (element !== '') elements.push(element)
        elementStart = at + 1
        // Of repeated members the last one counts.
        if (character === ']') found = { elements, before: json.slice(0, start), after: json.slice(at) }
      }
      if (character !== ',') depth -= 1
      if (depth < arrayDepth) arrayDepth = -1
    }
  }
  return found
}

function endOfString(json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1
  return at + 1
}
