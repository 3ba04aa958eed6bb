/** What a token allows. Reading needs no token; with `read`, the server knows the reader. */
export const SCOPES = ['read', 'vote', 'submit', 'curate', 'operate'] as const
export type Scope = (typeof SCOPES)[number]

/** The scopes of a token for which none were requested: everything but the work of curators and operators. */
export const ORDINARY_SCOPES: readonly Scope[] = ['read', 'vote', 'submit']
