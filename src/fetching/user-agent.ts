import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Of this software. */
export const VERSION: string = version

/** Says who is fetching. arXiv and other sites block clients without a contact, for which `PUBLIC_URL` serves. */
export const userAgent = (publicUrl: string | null): string =>
  `DailyPapers/${VERSION}${publicUrl === null ? '' : ` (+${publicUrl})`}`
