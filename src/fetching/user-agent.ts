import { readFileSync } from 'node:fs'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** Says who is fetching. arXiv and other sites block clients without a contact, for which `PUBLIC_URL` serves. */
export const userAgent = (publicUrl: string | null): string =>
  `DailyPapers/${version}${publicUrl === null ? '' : ` (+${publicUrl})`}`
