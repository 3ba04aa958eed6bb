import { Parser } from 'htmlparser2'
import { expect, test } from 'vitest'
import { withMath } from '../../../src/formats/html/math.ts'

/** The text that a reader sees, with each formula in brackets, and whatever else is in it. */
function seen(text: string): { shown: string; tags: Set<string>; attributes: Set<string> } {
  const found = { shown: '', tags: new Set<string>(), attributes: new Set<string>() }
  const parser = new Parser({
    onopentag: (name, attributes) => {
      found.tags.add(name)
      for (const attribute of Object.keys(attributes)) found.attributes.add(attribute)
      if (name === 'math') found.shown += '['
    },
    ontext: (part) => {
      found.shown += part
    },
    onclosetag: (name) => {
      if (name === 'math') found.shown += ']'
    },
  })
  parser.end(withMath(text).text)
  return found
}

test.each([
  ['an $x_i \\ge 0$ here', 'an [xi≥0] here'],
  ['in $\\mathcal{O}(n^2)$ time', 'in [𝒪(n2)] time'],
  ['CO$_2$, $A$ and $^{3}$He', 'CO[2], [A] and [3]He'],
  ['$$a = b$$ and \\(c\\) and \\[d\\]', '[a=b] and [c] and [d]'],
  ['$a < b$ & <c>', '[a<b] & <c>'],
])('%j is shown with formulas', (text, shown) => {
  expect(seen(text).shown).toBe(shown)
})

test.each([
  'From Dumpster Diving to Serving LLaMA-70B on $60 GPUs',
  'between $5 and $10, or $5-$10',
  'costs \\$5 and \\$6',
  'a $\\foo{x}$ that nobody knows',
  'an $unclosed formula',
  '$\\frac{1$ and $ spaced $',
  '$\\href{javascript:alert(1)}{x}$',
  '$\\includegraphics{https://example.org/x.png}$',
  '$\\style{color:red}{x}$ $\\class{x}{y}$ $\\id{x}{y}$',
  '$\\def\\a{\\a\\a}\\a$',
  '$\\gdef\\alpha{hidden}$ $\\let\\a=\\b$ $\\newcommand{\\x}{y}$',
  '$\\ref{x}$ $\\eqref{x}$ $x \\label{x}$',
])('%j stays as it is', (text) => {
  const { shown, tags } = seen(text)
  expect(shown).toBe(text)
  expect([...tags]).toEqual([])
})

test('a formula brings no markup of its own, and no style', () => {
  for (const text of [
    '$\\text{<img src=x onerror=hurt()>}$',
    '$\\color{red} x$',
    '$\\rule{99999em}{99999em}$',
    '$"onload=x$',
  ]) {
    const { tags, attributes } = seen(text)
    expect(
      [...tags].filter((tag) => !/^m/.test(tag)),
      text,
    ).toEqual([])
    expect(
      [...attributes].filter((name) => /^(?:style|on|href|src)/.test(name)),
      text,
    ).toEqual([])
  }
})

// Each would take minutes if matching or parsing were not linear.
test.each([
  '$'.repeat(20_000),
  '\\('.repeat(10_000),
  '$\\frac'.repeat(3_000),
  `$${'{'.repeat(400)}$`,
  `$${'\\sqrt'.repeat(80)} x$`,
  '$x^{x^{x^x}}$'.repeat(2_000),
  `\\$${'\\$a'.repeat(10_000)}`,
  // Temml writes what is in these several times.
  ...['\\llap{', '\\mathllap{', '\\cancelto{x}{', '\\llap{%}\n', '\\llap{\\verb|}|', '\\llap\\bgroup '].map(
    (command) => `$${command.repeat(30)}x${'}'.repeat(30)}$`,
  ),
  `$${'\\cancelto{x}{'.repeat(8)}x${'}'.repeat(8)}$`.repeat(100),
  `$\\ce{${'<=>>['.repeat(40)}x${']'.repeat(40)}}$`,
  `$${'\\equilibriumRight{'.repeat(24)}x${'}{y}'.repeat(24)}$`,
  `$\\def\\a#1{${'#1'.repeat(230)}}\\a{\\a{x}}$`.repeat(40),
])('%.30s… is shown', (text) => {
  expect(withMath(text).text.length).toBeGreaterThan(0)
})
