import { expect, test } from 'vitest'
import { emailAddressOf } from '../../src/values/email-address.ts'

test.each([
  [' Ada@Example.ORG\n', 'Ada@example.org'],
  ['ada+papers@mail.example.org', 'ada+papers@mail.example.org'],
  ["o'neil.x_y-z!#$%&*/=?^`{|}~@example.org", "o'neil.x_y-z!#$%&*/=?^`{|}~@example.org"],
  ['ada@Bücher.example', 'ada@xn--bcher-kva.example'],
  ['ada@例え.テスト', 'ada@xn--r8jz45g.xn--zckzah'],
  [`ada@${'a'.repeat(60)}.${'b'.repeat(60)}.org`, `ada@${'a'.repeat(60)}.${'b'.repeat(60)}.org`],
])('%j is an address', (typed, address) => expect(emailAddressOf(typed)).toBe(address))

test.each([
  '',
  'ada',
  '@example.org',
  'ada@',
  'ada@localhost',
  'ada@example..org',
  'ada@-example.org',
  'ada@example.org, bo@example.org',
  'Ada <ada@example.org>',
  '"a b"@example.org',
  'ä@example.org',
  'ada@example.org\r\nBcc: bo@example.org',
  'ada@example.org\nBcc:bo',
  'ada\r\n@example.org',
  'ada@[127.0.0.1]',
  'ada@exa%6dple.org',
  'ada@example.org/x',
  'ada@bücher.example/x.org',
  'ada@bücher.example\u0000',
  'ada@a\u200bb.example',
  `${'a'.repeat(65)}@example.org`,
  `ada@${'a'.repeat(64)}.org`,
  `ada@${'ü.'.repeat(120)}org`,
  `ada@${'a.'.repeat(50_000)}org`,
])('%j is none', (typed) => expect(emailAddressOf(typed)).toBeNull())
