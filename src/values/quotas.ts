/** How much each client may do before it has to wait. `RATE_LIMIT` changes the numbers. */
export interface Quotas {
  /** Points a minute for the requests of one address without a token. A point is about one paper with its relations. */
  anonymous: number
  /** Points a minute for the requests of one signed-in user. */
  token: number
  /** Votes, cast and withdrawn, of one user an hour. */
  votes: number
  /** Papers that one user submits a day. */
  submissions: number
  /** Saved filters and follows that one user creates, changes or deletes a day. */
  savedFilters: number
  /** Papers that one user reports to the curators a day. */
  reports: number
  /** Confirmation mails an hour that the clients of one address ask for; for IPv6, of its /64 network. */
  confirmations: number
}

export const DEFAULT_QUOTAS: Quotas = {
  anonymous: 1_000,
  token: 5_000,
  votes: 600,
  submissions: 20,
  savedFilters: 300,
  reports: 20,
  confirmations: 20,
}

export const QUOTA_NAMES = Object.keys(DEFAULT_QUOTAS) as (keyof Quotas)[]

/** What a signed-in user may do only so often, whatever it costs; confirmations are counted by address. */
export type Budget = 'votes' | 'submissions' | 'savedFilters' | 'reports' | 'confirmations'

/** For so many days after it was opened an account has half of each budget. */
export const NEW_ACCOUNT_DAYS = 7
