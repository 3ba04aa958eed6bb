/**
 * An instant as Postgres writes it in UTC (`2026-02-17 09:30:00.5+00`) in the form of RFC 3339 with milliseconds
 * (`2026-02-17T09:30:00.500Z`). Text to text, because a list answers hundreds of instants and a Date is dear.
 */
export function rfc3339(instant: string): string {
  const fraction = instant.length > 22 ? instant.slice(20, -3) : ''
  return `${instant.slice(0, 10)}T${instant.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`
}
