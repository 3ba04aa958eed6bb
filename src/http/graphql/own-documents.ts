/** The embed element's subscription. The script sends its hash, which keeps the URL short. */
export const EMBED_SUBSCRIPTION = 'subscription ($ids: [ID!]!) { voteCountChanged(paperIds: $ids) { id voteCount } }'

/** Documents that clients can name by the SHA-256 of their text without registering them first. */
export const OWN_DOCUMENTS: readonly string[] = [EMBED_SUBSCRIPTION]
