/** What a token allows. Reading needs no token; with `read`, the server knows the reader. */
export const SCOPES = ['read', 'vote', 'submit', 'curate'] as const
export type Scope = (typeof SCOPES)[number]

/** The scopes of a token for which none were requested: everything but hiding papers. */
export const ORDINARY_SCOPES: readonly Scope[] = ['read', 'vote', 'submit']
