import { ORGANIZATION_ORDERS } from '../src/lists/directory.ts'
import { type OrganizationName, type OrganizationRow, organizationsBySlugs } from '../src/queries/organizations.ts'
import { builder } from './builder.ts'
import { type Connection, connectionTypes, type Edge } from './connection.ts'
import { directoryConnection, directoryQuery } from './directory.ts'
import { rowKey } from './global-id.ts'
import { chain } from './maybe-promise.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { Organization } from './refs.ts'
import { wholeOrganization } from './whole-rows.ts'

builder.node(Organization, {
  description: 'A laboratory, company or university that papers come from.',
  id: { resolve: (organization) => organization.id, parse: (id) => rowKey(id) },
  loadWithoutCache: (id, { loaders }) => loaders.organization.load(id),
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'The name as it stands in addresses and filters. It changes where its source changes it.',
    }),
    name: t.exposeString('name', { description: 'The name in full.' }),
    avatarUrl: t.expose('avatarUrl', {
      type: 'URL',
      nullable: true,
      description: 'A picture of it; null where there is none.',
    }),
    paperCount: t.int({
      description: 'How many papers of the catalogue come from it.',
      resolve: (organization, _args, context) =>
        chain(wholeOrganization(organization, context), ({ paperCount }) => paperCount),
    }),
    voteCount: t.int({
      description: 'How many votes these papers have together.',
      resolve: (organization, _args, context) =>
        chain(wholeOrganization(organization, context), ({ voteCount }) => voteCount),
    }),
    papers: t.field({
      type: PaperConnection,
      description: 'The papers that come from it.',
      args: paperArgs('NEWEST'),
      resolve: ({ id, slug }, args, context, info) =>
        paperConnection(context, { organization: { id, slug } }, args, info),
    }),
  }),
})

const { Connection: OrganizationConnection } = connectionTypes<
  OrganizationRow | OrganizationName,
  Edge<OrganizationRow | OrganizationName>,
  Connection<Edge<OrganizationRow | OrganizationName>>
>('Organization', Organization, 'organizations')

const OrganizationOrder = builder.enumType('OrganizationOrder', {
  description: 'Orders of organizations.',
  values: {
    PAPER_COUNT: { description: 'By the number of their papers, most first.' },
    VOTES: { description: 'By the votes of their papers together, most first.' },
    NAME: { description: 'By name, whatever the case, A first.' },
  },
})

builder.queryFields((t) => ({
  organization: t.field({
    type: Organization,
    nullable: true,
    description: 'One organization; null when there is none of that slug.',
    args: { slug: t.arg.string({ required: true, description: 'Its slug, in capitals or small letters.' }) },
    resolve: async (_root, { slug }, { db }) => (await organizationsBySlugs(db, [slug]))[0] ?? null,
  }),
  organizations: t.field({
    type: OrganizationConnection,
    description: 'Organizations of papers that are shown, in one order.',
    args: {
      query: t.arg.string(directoryQuery('organizations')),
      orderBy: t.arg({
        type: OrganizationOrder,
        required: true,
        defaultValue: 'PAPER_COUNT',
        description: 'In what order.',
      }),
      ...t.arg.connectionArgs(),
    },
    resolve: (_root, args, context) =>
      directoryConnection(
        context,
        'organizations',
        ORGANIZATION_ORDERS[args.orderBy],
        args,
        context.loaders.organization,
      ),
  }),
}))
