import { sql } from 'drizzle-orm'
import { OperatorError } from '../values/errors.ts'
import type { Db } from './client.ts'
import { reasonOf } from './sql-state.ts'

interface Rights {
  /** Quoted for SQL, like the other names. */
  role: string
  database: string
  /** The owner of the tables, if there are tables and the role is not a member of the owner. */
  owner: string | null
  mayCreateSchema: boolean
  mayCreateTable: boolean
  hasSchema: boolean
  hasExtension: boolean
  /** Whether it has all rights that a server needs, if the tables are there. */
  mayUse: boolean
}

const readRights = sql`
  select quote_ident(current_user) as role, quote_ident(current_database()) as database,
    (
      select quote_ident(pg_get_userbyid(relowner)) from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = 'public' and relname = 'papers' and not pg_has_role(relowner, 'usage')
    ) as owner,
    has_database_privilege(current_database(), 'create') as "mayCreateSchema",
    coalesce((select has_schema_privilege(oid, 'create') from pg_namespace where nspname = 'public'), false) as "mayCreateTable",
    exists (select from pg_namespace where nspname = 'drizzle') as "hasSchema",
    exists (select from pg_extension where extname = 'pg_trgm') as "hasExtension",
    not exists (
      select from pg_namespace where nspname in ('public', 'drizzle') and not has_schema_privilege(oid, 'usage')
    ) and not exists (
      select from pg_class join pg_namespace on pg_namespace.oid = relnamespace cross join unnest(
        case nspname when 'drizzle' then array['select'] else array['select', 'insert', 'update', 'delete'] end
      ) as needed (privilege)
      where nspname in ('public', 'drizzle') and relkind = 'r' and not has_table_privilege(pg_class.oid, privilege)
    ) as "mayUse"`

/**
 * The error for a role that lacks a right, with the statements that give it.
 *
 * @param error     what Postgres said
 * @param migrating whether tables were to be created or changed
 */
export async function missingRights(db: Db, error: unknown, migrating: boolean): Promise<OperatorError> {
  const [found] = await db.execute<Rights & Record<string, unknown>>(readRights)
  const rights = found as Rights
  const statements = migrating ? grantsToMigrate(rights) : grantsToUse(rights)
  const remedy =
    statements.length > 0
      ? `. Their owner or a superuser can give them, in this database:\n${statements.map((each) => `  ${each};`).join('\n')}`
      : ''
  return new OperatorError(
    `The role ${rights.role} lacks rights in the database ${rights.database} of DATABASE_URL: ${reasonOf(error)}${remedy}`,
    { cause: error },
  )
}

function grantsToMigrate({ role, database, owner, ...has }: Rights): string[] {
  return [
    ...(has.mayCreateSchema || (has.hasSchema && has.hasExtension)
      ? []
      : [`grant create on database ${database} to ${role}`]),
    ...(has.mayCreateTable ? [] : [`grant create on schema public to ${role}`]),
    ...ownership(role, owner),
    // Hosts that keep the right to create extensions for themselves, or a server that does not trust this one.
    ...(has.mayCreateSchema && !has.hasExtension ? ['create extension pg_trgm'] : []),
  ]
}

function grantsToUse({ role, owner, mayUse }: Rights): string[] {
  if (mayUse) return ownership(role, owner)
  return [
    `grant usage on schema public, drizzle to ${role}`,
    `grant select on all tables in schema drizzle to ${role}`,
    `grant select, insert, update, delete on all tables in schema public to ${role}`,
    `grant select on all sequences in schema public to ${role}`,
  ]
}

/** Only the owner of a table can change it, drop its indexes for a while, or lock it. */
const ownership = (role: string, owner: string | null): string[] =>
  owner === null ? [] : [`grant ${owner} to ${role}`]
