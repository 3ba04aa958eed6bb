import { expect, test } from 'vitest'
import { momentOfMail } from '../../src/values/time.ts'

test.each([
  ['Mon, 2 Apr 2007 19:18:42 GMT', '2007-04-02T19:18:42.000Z'],
  ['Sat, 28 Nov 2026 00:00:00 -0500', '2026-11-28T05:00:00.000Z'],
  ['28 Nov 2026 09:30 EST', '2026-11-28T14:30:00.000Z'],
  ['Tue,  24 Jul 2007 20:10:27\n PDT', '2007-07-25T03:10:27.000Z'],
  ['Mon, 02 Apr 2007 19:18:42 UT', '2007-04-02T19:18:42.000Z'],
  ['Mon, 31 Apr 2007 19:18:42 GMT', null],
  ['Mon, 2 Foo 2007 19:18:42 GMT', null],
  ['Mon, 2 Apr 2007 29:18:42 GMT', null],
  ['Mon, 2 Apr 2007 19:18:42 -9900', null],
  ['Mon, 2 Apr 2007 19:18:42', null],
  ['2007-04-02', null],
])('the moment of %j', (text, moment) => {
  expect(momentOfMail(text)).toBe(moment)
})
