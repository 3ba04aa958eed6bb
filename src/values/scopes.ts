/** What a token allows. Reading needs none; `read` only says who is asking. */
export const SCOPES = ['read', 'vote', 'submit', 'curate'] as const
export type Scope = (typeof SCOPES)[number]

/** What somebody may do who signs in without more being said: all but hide papers. */
export const ORDINARY_SCOPES: readonly Scope[] = ['read', 'vote', 'submit']
