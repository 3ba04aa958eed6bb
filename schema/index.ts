import './author.ts'
import './edition.ts'
import './organization.ts'
import './paper.ts'
import './scalars.ts'
import './topic.ts'
import './user.ts'
import { builder } from './builder.ts'

/** The whole schema: what the files above registered. */
export const schema = builder.toSchema()
