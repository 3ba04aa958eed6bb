import './author.ts'
import './curation.ts'
import './edition.ts'
import './feed-links.ts'
import './organization.ts'
import './paper.ts'
import './paper-lookup.ts'
import './scalars.ts'
import './submission.ts'
import './subscriptions.ts'
import './topic.ts'
import './trending.ts'
import './user.ts'
import './vote-history.ts'
import './vote-mutations.ts'
import { builder } from './builder.ts'

/** The whole schema: what the files above registered. */
export const schema = builder.toSchema()
