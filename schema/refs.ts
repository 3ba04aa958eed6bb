import type { AuthorRow } from '../src/queries/authors.ts'
import type { OrganizationRow } from '../src/queries/organizations.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import type { TopicRow } from '../src/queries/topics.ts'
import type { UserRow } from '../src/queries/users.ts'
import type { EditionSpan } from '../src/values/editions.ts'
import { builder } from './builder.ts'

/** Types that refer to each other, with the rows behind them: their files need not import each other. */
export const Paper = builder.objectRef<PaperRow>('Paper')
export const Author = builder.objectRef<AuthorRow>('Author')
export const Organization = builder.objectRef<OrganizationRow>('Organization')
export const Topic = builder.objectRef<TopicRow>('Topic')
export const User = builder.objectRef<UserRow>('User')
export const Edition = builder.objectRef<EditionSpan>('Edition')
