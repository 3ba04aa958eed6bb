import type { AuthorRow, AuthorSummary } from '../src/queries/authors.ts'
import type { OrganizationRow, OrganizationSummary } from '../src/queries/organizations.ts'
import type { PaperRow } from '../src/queries/papers.ts'
import type { SavedFilterRow } from '../src/queries/saved-filters.ts'
import type { TopicRow, TopicSummary } from '../src/queries/topics.ts'
import type { UserSummary } from '../src/queries/users.ts'
import type { WebhookRow } from '../src/queries/webhooks.ts'
import type { EditionSpan } from '../src/values/editions.ts'
import { builder } from './builder.ts'

/**
 * Object types and their rows. They are declared here so that files whose types refer to each other need not import each
 * other. If a row is a union, it may have been read with a paper and have only its names; see `whole-rows.ts`.
 */
export const Paper = builder.objectRef<PaperRow>('Paper')
export const Author = builder.objectRef<AuthorRow | AuthorSummary>('Author')
export const Organization = builder.objectRef<OrganizationRow | OrganizationSummary>('Organization')
export const Topic = builder.objectRef<TopicRow | TopicSummary>('Topic')
export const User = builder.objectRef<UserSummary>('User')
export const SavedFilter = builder.objectRef<SavedFilterRow>('SavedFilter')
export const Webhook = builder.objectRef<WebhookRow>('Webhook')
export const Edition = builder.objectRef<EditionSpan>('Edition')
