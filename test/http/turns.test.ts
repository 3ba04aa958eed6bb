import { expect, test } from 'vitest'
import { Turns } from '../../src/http/turns.ts'

test('so many run at once, the others after them in their order, failures among them', async () => {
  const turns = new Turns(3)
  const begun: number[] = []
  let [running, most] = [0, 0]
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) =>
      turns.run(async () => {
        begun.push(n)
        running += 1
        most = Math.max(most, running)
        await new Promise((resolve) => setTimeout(resolve, (n * 7) % 5))
        running -= 1
        if (n % 4 === 0) throw new Error(`${n}`)
        return n
      }),
    ),
  )
  expect(most).toBe(3)
  expect(begun).toEqual(Array.from({ length: 20 }, (_, n) => n))
  expect(results.map(({ status }) => status)).toEqual(
    Array.from({ length: 20 }, (_, n) => (n % 4 === 0 ? 'rejected' : 'fulfilled')),
  )
  expect(await turns.run(async () => 'free again')).toBe('free again')
})
