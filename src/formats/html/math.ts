import temml from 'temml'
import { Html, html, type Part } from './html.ts'

/**
 * A formula: `$…$`, `$$…$$`, `\(…\)` or `\[…\]`. As in Pandoc, the first `$` has no space after it, and the last one no space
 * before and no digit after it, so that prices are none.
 */
const FORMULA =
  /(?<![\\$])\$\$([^$]{1,500})\$\$|(?<![\\$])\$(?!\s)((?:\\.|[^$\\]){1,500}?)(?<!\s)\$(?![\d$])|\\\((.{1,500}?)\\\)|\\\[(.{1,500}?)\\\]/gs

/** No text has more; the others stay as they are written. */
const MOST_FORMULAS = 200

/** A text whose formulas are in LaTeX, with MathML for each that can be read. The others stay as they are written. */
export function withMath(text: string): Html {
  const parts: Part[] = []
  let end = 0
  let count = 0
  for (const { 0: source, 1: display, 2: dollars, 3: round, 4: square, index } of text.matchAll(FORMULA)) {
    count += 1
    if (count > MOST_FORMULAS) break
    const formula = mathml(display ?? dollars ?? round ?? square ?? '')
    if (formula === null) continue
    parts.push(text.slice(end, index), formula)
    end = index + source.length
  }
  return html`${parts}${text.slice(end)}`
}

/** A text whose formulas are in LaTeX, as a line of letters and signs. */
export const withoutMath = (text: string): string =>
  withMath(text)
    .text.replace(/<annotation[\s\S]*?<\/annotation>|<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: keyof typeof CHARACTERS) => CHARACTERS[name])
    .replace(/\s+/g, ' ')
const CHARACTERS = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** Of braces. Real formulas have half of this. */
const DEEPEST = 8
/**
 * What is more than a formula: commands that define others, those that refer to other formulas, and those that hide braces from
 * `isShallow`, as a comment does. And those whose content Temml writes several times, chemistry among them: its time would grow
 * with a power of their depth.
 */
const MORE_THAN_FORMULAS =
  /^(?:%|\\(?:[gex]?def|global|long|let|futurelet|(?:re)?newcommand|providecommand|(?:eq)?ref|label|verb\*?|char|bgroup|begingroup|(?:math)?llap|cancelto|equilibrium(?:Right|Left)|ce|pu))$/
const TOKEN = /\\(?:[a-z@]+\*?|.)|[{}%]/gis

function isShallow(latex: string): boolean {
  let depth = 0
  for (const [token] of latex.matchAll(TOKEN)) {
    if (MORE_THAN_FORMULAS.test(token)) return false
    if (token === '{') depth += 1
    else if (token === '}') depth -= 1
    if (depth > DEEPEST) return false
  }
  return true
}

/**
 * MathML of LaTeX; null if it cannot be read. Nothing is trusted: commands that load, link or style are errors, and so is what
 * takes long. Styles are left out, because the policy of pages forbids them.
 */
function mathml(latex: string): Html | null {
  if (!isShallow(latex)) return null
  try {
    const markup = temml.renderToString(latex, { throwOnError: true, trust: false, maxExpand: 50, maxSize: [4, 20] })
    return new Html(markup.replace(/ style="[^"]*"/g, ''))
  } catch {
    return null
  }
}
