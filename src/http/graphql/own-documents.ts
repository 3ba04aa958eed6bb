import { EXAMPLES } from './examples.ts'

/** What the script of the embedded list asks for by its id, so that a page's address for it stays short. */
export const EMBED_SUBSCRIPTION = 'subscription ($ids: [ID!]!) { voteCountChanged(paperIds: $ids) { id voteCount } }'

/** The documents of this project that can be asked for by the SHA-256 of their text without being sent first. */
export const OWN_DOCUMENTS: readonly string[] = [EMBED_SUBSCRIPTION, EXAMPLES]
