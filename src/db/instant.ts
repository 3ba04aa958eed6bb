/**
 * Converts an instant from the text of Postgres in UTC (`2026-02-17 09:30:00.5+00`) to RFC 3339 with milliseconds
 * (`2026-02-17T09:30:00.500Z`). It converts text to text, because a list contains hundreds of instants and creating a Date
 * for each is slow.
 */
export function rfc3339(instant: string): string {
  const fraction = instant.length > 22 ? instant.slice(20, -3) : ''
  return `${instant.slice(0, 10)}T${instant.slice(11, 19)}.${fraction.padEnd(3, '0')}Z`
}
