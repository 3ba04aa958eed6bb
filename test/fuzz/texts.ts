import type { Random } from './random.ts'

/** Texts that parsers, databases, browsers and file systems read as something else. */
const ODD_TEXTS = [
  ...['', ' ', '0', '-1', '1e3', '00', 'null', 'undefined', 'NaN', '[object Object]', '__proto__', 'constructor'],
  ...['2026-02-30', '9999-12-31', '0000-01-01', '275760-09-13', '2025-W40', '2025-W60', '24:00:00'],
  ...['a\0b', '\ud800', '\u200b', '\u202e', '\ufeff', '٣', '🌊', 'ﬃ', 'İ', 'ß', '\u0301'],
  ...["'; drop table papers --", '<script>alert(1)</script>', '../../etc/passwd', '%', '%25', '%2', '$1', '{{7*7}}'],
  ...['x'.repeat(300), 'é '.repeat(2_000), '9'.repeat(400), ' '.repeat(5_000), '"'.repeat(500), '-'.repeat(999)],
]

/** What searches are made of. */
const SEARCH_PIECES = [
  ...[
    '"',
    '"',
    '-',
    '- ',
    ' or ',
    ' OR ',
    'author:',
    'AUTHOR:',
    ' ',
    ' ',
    '(',
    ')',
    '„',
    '“',
    '«',
    '」',
    '*',
    ':',
    '\\',
    '&',
  ],
  ...[
    'sparse',
    'Ada',
    'attention',
    'SAM-2',
    'C++',
    '深度学习',
    'naïve',
    '2601.00001',
    'the',
    "l'eau",
    'a',
    'é',
    '10.5555/x',
  ],
]

/** A text that is odd as a whole or by its characters, or a search without much sense. */
export function oddText(random: Random): string {
  if (random.chance(0.5)) return random.pick(ODD_TEXTS)
  if (random.chance(0.7)) return random.times(1 + random.below(12), () => random.pick(SEARCH_PIECES)).join('')
  const limit = random.pick([0x80, 0x500, 0x10000, 0x110000])
  return String.fromCodePoint(...random.times(1 + random.below(20), () => random.below(limit)))
}
