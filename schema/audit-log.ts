import { AUDIT_ORDER, type AuditFilter, auditCount, auditPage } from '../src/lists/audit-log.ts'
import { checkSize, MAX_PAGE_SIZE, type PageArgs, pageRequest } from '../src/lists/page.ts'
import type { AuditRow } from '../src/queries/audit-log.ts'
import {
  AUDIT_ACTIONS,
  AUDIT_SUBJECT_TYPES,
  type AuditAction,
  type AuditedChange,
  type AuditSubject,
  type AuditSubjectType,
} from '../src/values/audit.ts'
import { BadUserInput } from '../src/values/errors.ts'
import { builder } from './builder.ts'
import { type Connection, connectionOf, connectionTypes, type Edge, forwardArgs } from './connection.ts'
import type { Context } from './context.ts'
import { decodeGlobalId, encodeGlobalId, rowKey, shorten } from './global-id.ts'
import { permitted } from './permission.ts'
import { User } from './refs.ts'
import { ForbiddenError, Refusal, resolveMemberType, UnauthenticatedError } from './refusal.ts'

/** How many subjects of an entry are returned without `first`. */
const SUBJECTS = 20

const AuditActionEnum = builder.enumType('AuditAction', {
  description: 'What a curator or the operator did.',
  values: Object.fromEntries(
    Object.entries(AUDIT_ACTIONS).map(([name, description]) => [name, { value: name as AuditAction, description }]),
  ) as { [Name in AuditAction]: { value: Name; description: string } },
})

const AuditSubjectTypeEnum = builder.enumType('AuditSubjectType', {
  description: 'The type of an object that an entry of the audit log is about.',
  values: Object.fromEntries(
    AUDIT_SUBJECT_TYPES.map((type) => [type.toUpperCase(), { value: type, description: `The type \`${type}\`.` }]),
  ) as Record<string, { value: AuditSubjectType; description: string }>,
})

const AuditSubjectObject = builder.objectRef<AuditSubject>('AuditSubject').implement({
  description: 'An object that an entry of the audit log is about. It may be hidden or gone.',
  fields: (t) => ({
    id: t.id({
      description: 'The global id of the object.',
      resolve: (subject) => {
        const [type, key] = subject.split(':')
        return encodeGlobalId(type as AuditSubjectType, key as string)
      },
    }),
    type: t.field({
      type: AuditSubjectTypeEnum,
      description: 'The type of the object.',
      resolve: (subject) => subject.split(':')[0] as AuditSubjectType,
    }),
    name: t.string({
      nullable: true,
      description:
        'What the object is called now: the title of a paper, also of a hidden one, the handle of a user, or a name. Null if the object no longer exists.',
      resolve: (subject, _args, { loaders }) => loaders.auditSubjectName.load(subject),
    }),
  }),
})

/** Values other than text are shown as JSON. */
const textOf = (value: unknown): string | null =>
  value === null || typeof value === 'string' ? value : JSON.stringify(value)

const AuditChange = builder.objectRef<AuditedChange>('AuditChange').implement({
  description: 'A value that was changed.',
  fields: (t) => ({
    field: t.exposeString('field', { description: 'The name of the value, such as `title`.' }),
    before: t.string({
      nullable: true,
      description: 'The value before the change; JSON if it is not text. Null if there was none.',
      resolve: ({ before }) => textOf(before),
    }),
    after: t.string({
      nullable: true,
      description: 'The value after the change; JSON if it is not text. Null if there is none.',
      resolve: ({ after }) => textOf(after),
    }),
  }),
})

export const AuditEntry = builder.objectRef<AuditRow>('AuditEntry')
AuditEntry.implement({
  description: 'What a curator or the operator did: who, when, why, and to which objects. Entries never change.',
  fields: (t) => ({
    id: t.id({
      description: 'The id of the entry. It never changes; `node` does not read it.',
      resolve: ({ id }) => encodeGlobalId('AuditEntry', id),
    }),
    doneAt: t.expose('doneAt', { type: 'DateTime', description: 'When it was done.' }),
    action: t.field({ type: AuditActionEnum, description: 'What was done.', resolve: ({ action }) => action }),
    actor: t.field({
      type: User,
      nullable: true,
      description: 'The curator. Null for the operator, and for a curator who is no longer a user.',
      resolve: ({ userId }, _args, { loaders }) => (userId === null ? null : loaders.user.load(userId)),
    }),
    isByOperator: t.exposeBoolean('isByOperator', {
      description: 'Whether the operator did it, by a program on the server.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why, in the words of the curator; null if they gave no reason.',
    }),
    subjectCount: t.int({
      description: 'The number of objects that the entry is about.',
      resolve: ({ subjects }) => subjects.length,
    }),
    subjects: t.field({
      type: [AuditSubjectObject],
      description: 'The objects that the entry is about.',
      args: {
        first: t.arg.int({
          description: `The number of objects to return from the start: 1 to ${MAX_PAGE_SIZE}, ${SUBJECTS} by default.`,
        }),
      },
      resolve: ({ subjects }, { first }) => {
        checkSize('first', first, MAX_PAGE_SIZE)
        return subjects.slice(0, first ?? SUBJECTS)
      },
    }),
    changes: t.field({
      type: [AuditChange],
      description: 'The values that were changed, if the objects do not say it.',
      resolve: ({ changes }) => changes,
    }),
  }),
})

const AuditEntryConnection = connectionTypes<AuditRow, Edge<AuditRow>, Connection<Edge<AuditRow>>>(
  'AuditEntry',
  AuditEntry,
  'entries of the audit log',
).Connection

const AuditLogResult = builder.unionType('AuditLogResult', {
  description: 'The audit log, or why it is not shown.',
  types: [AuditEntryConnection, UnauthenticatedError, ForbiddenError],
  resolveType: resolveMemberType('AuditEntryConnection'),
})

const AuditLogFilter = builder.inputType('AuditLogFilter', {
  description:
    'Restricts the audit log. Fields combine with AND; a list field matches any of its members. A field that is absent, null or an empty list does not restrict anything.',
  fields: (t) => ({
    actors: t.stringList({ description: 'Entries of these curators (handles, in any case).' }),
    actions: t.field({ type: [AuditActionEnum], description: 'Entries with these actions.' }),
    subjects: t.idList({
      description: 'Entries about any of these objects: the `id`s of papers, users, authors, organizations or topics.',
    }),
    from: t.field({ type: 'Date', description: 'Entries of this day (UTC) or later.' }),
    to: t.field({ type: 'Date', description: 'Entries of this day (UTC) or earlier.' }),
  }),
})

builder.queryField('auditLog', (t) =>
  t.field({
    type: AuditLogResult,
    description:
      'What curators and the operator did, newest first. Requires the scope `curate`; without it the result is a ForbiddenError.',
    args: {
      filter: t.arg({ type: AuditLogFilter, description: 'Restricts the entries; null for all.' }),
      ...forwardArgs('entries'),
    },
    resolve: (_root, { filter, ...page }, context) => {
      const user = permitted(context, 'curate', 'see the audit log', 'ForbiddenError')
      return user instanceof Refusal ? user : auditConnection(context, (filter ?? {}) as GivenFilter, page)
    },
  }),
)

type GivenFilter = { [Name in keyof AuditFilter]?: AuditFilter[Name] | null }

function auditConnection({ db }: Context, given: GivenFilter, args: PageArgs): Connection<Edge<AuditRow>> {
  const members = <Member>(list: readonly Member[] | null | undefined) => (list?.length ? list : null)
  const filter: AuditFilter = {
    actors: members(given.actors),
    actions: members(given.actions),
    subjects: members(given.subjects)?.map(subjectOf) ?? null,
    from: given.from ?? null,
    to: given.to ?? null,
  }
  const request = pageRequest(args, AUDIT_ORDER)
  return connectionOf(
    () => auditPage(db, filter, request),
    (entries) => entries,
    () => auditCount(db, filter),
  )
}

/** @throws BadUserInput for an id of another type */
function subjectOf(globalId: string): AuditSubject {
  const { typename, id } = decodeGlobalId(globalId, 'filter.subjects')
  const type = AUDIT_SUBJECT_TYPES.find((each) => each === typename)
  if (type === undefined)
    throw new BadUserInput(
      'filter.subjects',
      `\`filter.subjects\` takes the ids of ${AUDIT_SUBJECT_TYPES.join(', ')}; "${shorten(globalId)}" is of another type.`,
    )
  return `${type}:${rowKey(id, 'filter.subjects')}`
}
