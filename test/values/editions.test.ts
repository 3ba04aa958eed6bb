import { describe, expect, test } from 'vitest'
import {
  dayOpensAt,
  editionDay,
  editionIn,
  editionName,
  editionNamed,
  editionOf,
  editionState,
  nextEditionChange,
} from '../../src/values/editions.ts'

test.each([
  ['DAY', '2026-02-17', '2026-02-17', '2026-02-17'],
  ['WEEK', '2026-02-17', '2026-02-16', '2026-02-22'],
  ['WEEK', '2026-02-16', '2026-02-16', '2026-02-22'],
  ['WEEK', '2026-02-22', '2026-02-16', '2026-02-22'],
  ['WEEK', '2027-01-01', '2026-12-28', '2027-01-03'],
  ['MONTH', '2026-02-17', '2026-02-01', '2026-02-28'],
  ['MONTH', '2024-02-29', '2024-02-01', '2024-02-29'],
  ['MONTH', '2026-12-31', '2026-12-01', '2026-12-31'],
  ['MONTH', '0050-02-03', '0050-02-01', '0050-02-28'],
] as const)('the %s of %s goes from %s to %s', (period, date, startsOn, endsOn) => {
  expect(editionOf(period, date)).toEqual({ period, startsOn, endsOn })
})

describe('the name of an edition', () => {
  test.each([
    ['2026-02-17', '2026-02-17', 'DAY'],
    ['day/2026-02-17', '2026-02-17', 'DAY'],
    ['2026-W08', 'week/2026-02-16', 'WEEK'],
    ['week/2026-W08', 'week/2026-02-16', 'WEEK'],
    ['week/2026-w08', 'week/2026-02-16', 'WEEK'],
    ['week/2026-02-18', 'week/2026-02-16', 'WEEK'],
    ['2026-W53', 'week/2026-12-28', 'WEEK'],
    ['week/2027-01-01', 'week/2026-12-28', 'WEEK'],
    ['2026-02', 'month/2026-02-01', 'MONTH'],
    ['month/2026-02', 'month/2026-02-01', 'MONTH'],
    ['month/2026-02-28', 'month/2026-02-01', 'MONTH'],
    ['0001-01', 'month/0001-01-01', 'MONTH'],
    ['9999-12-31', '9999-12-31', 'DAY'],
  ])('%s is read, and written %s', (name, written, period) => {
    const edition = editionNamed(name)
    expect(edition?.period).toBe(period)
    expect(edition && editionName(edition)).toBe(written)
    expect(editionNamed(written)).toEqual(edition)
  })

  test.each([
    ...['', 'day', 'day/', 'week/', '2026', '2026-2-3', '2026-02-30', '2026-13', '2026-W54', '2025-W53', '2026-W00'],
    ...['day/2026-W08', 'day/2026-02', 'week/2026-02', 'month/2026-W08', 'year/2026', 'Week/2026-W08', '20260217'],
    ...['week/week/2026-W08', '2026-02-17/', ' 2026-02-17', '2026-02-17\n', '0000-01-01', 'latest'],
  ])('%j is no name', (name) => {
    expect(editionNamed(name)).toBeNull()
  })

  test('within a period is any of its days, or its own form', () => {
    expect(editionIn('WEEK', '2026-02-18')).toEqual(editionIn('WEEK', '2026-W08'))
    expect(editionIn('MONTH', '2026-02-18')).toEqual(editionIn('MONTH', '2026-02'))
    for (const [period, text] of [
      ['DAY', '2026-W08'],
      ['WEEK', '2026-02'],
      ['MONTH', '2026-W08'],
      ['MONTH', '2026-00'],
    ] as const)
      expect(editionIn(period, text)).toBeNull()
  })
})

describe('the day that a submission joins', () => {
  test.each([
    ['UTC', '00:00', '2026-02-17T23:59:59.999Z', '2026-02-17'],
    ['UTC', '00:00', '2026-02-18T00:00:00.000Z', '2026-02-18'],
    ['America/New_York', '00:00', '2026-02-18T04:59:59.999Z', '2026-02-17'],
    ['America/New_York', '21:30', '2026-02-18T02:29:59.999Z', '2026-02-17'],
    ['America/New_York', '21:30', '2026-02-18T02:30:00.000Z', '2026-02-18'],
    // Daylight saving ended on 2026-11-01: 21:30 is an hour later in UTC from then on.
    ['America/New_York', '21:30', '2026-11-01T01:30:00.000Z', '2026-11-01'],
    ['America/New_York', '21:30', '2026-11-02T01:30:00.000Z', '2026-11-01'],
    ['America/New_York', '21:30', '2026-11-02T02:30:00.000Z', '2026-11-02'],
    ['America/New_York', '21:30', '2027-01-01T02:30:00.000Z', '2027-01-01'],
    ['Asia/Kolkata', '00:00', '2026-02-17T18:30:00.000Z', '2026-02-18'],
  ])('%s with rollover %s at %s: %s', (timeZone, rollover, moment, day) => {
    expect(editionDay({ timeZone, rollover }, new Date(moment))).toBe(day)
  })

  test.each([
    ['UTC', '00:00', '2026-02-17', '2026-02-17T00:00:00.000Z'],
    ['UTC', '00:01', '2026-02-17', '2026-02-16T00:01:00.000Z'],
    ['America/New_York', '21:30', '2026-02-17', '2026-02-17T02:30:00.000Z'],
    ['America/New_York', '21:30', '2026-11-02', '2026-11-02T02:30:00.000Z'],
    ['America/New_York', '00:00', '2026-11-02', '2026-11-02T05:00:00.000Z'],
    ['Asia/Kolkata', '00:00', '2026-02-17', '2026-02-16T18:30:00.000Z'],
    ['Pacific/Kiritimati', '12:00', '2026-02-17', '2026-02-15T22:00:00.000Z'],
  ])('%s with rollover %s: %s opens at %s', (timeZone, rollover, day, moment) => {
    const opens = dayOpensAt({ timeZone, rollover }, day)
    expect(opens.toISOString()).toBe(moment)
    expect(editionDay({ timeZone, rollover }, opens)).toBe(day)
    expect(editionDay({ timeZone, rollover }, new Date(opens.getTime() - 1)) < day).toBe(true)
  })
})

test('an edition is open until its last day is over', () => {
  const at = (moment: string) => ({ now: () => new Date(moment), timeZone: 'UTC', rollover: '00:00' })
  const week = editionOf('WEEK', '2026-02-17')
  expect(editionState(week, at('2026-02-22T23:59:59Z'))).toBe('OPEN')
  expect(editionState(week, at('2026-02-23T00:00:00Z'))).toBe('FINAL')
  expect(editionState(editionOf('DAY', '2026-03-01'), at('2026-02-17T00:00:00Z'))).toBe('OPEN')
})

test('an edition is FINAL some hours after its end, which is when responses change', () => {
  const at = (moment: string) => ({ now: () => new Date(moment), timeZone: 'UTC', rollover: '00:00', settleHours: 36 })
  const day = editionOf('DAY', '2026-02-17')
  expect(editionState(day, at('2026-02-19T11:59:59Z'))).toBe('OPEN')
  expect(editionState(day, at('2026-02-19T12:00:00Z'))).toBe('FINAL')
  expect(nextEditionChange(at('2026-02-19T11:00:00Z')).toISOString()).toBe('2026-02-19T12:00:00.000Z')
  expect(nextEditionChange(at('2026-02-19T12:00:00Z')).toISOString()).toBe('2026-02-20T00:00:00.000Z')
})
