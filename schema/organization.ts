import { organizationAddress } from '../src/formats/page-addresses.ts'
import { ORGANIZATION_ORDERS } from '../src/lists/directory.ts'
import { type OrganizationRow, type OrganizationSummary, organizationsBySlugs } from '../src/queries/organizations.ts'
import { builder } from './builder.ts'
import { type Connection, connectionTypes, type Edge } from './connection.ts'
import { directoryConnection, directoryQuery } from './directory.ts'
import { chain } from './maybe-promise.ts'
import { PaperConnection, paperArgs, paperConnection } from './paper-connection.ts'
import { FILTER_COST } from './paper-filter.ts'
import { Organization } from './refs.ts'
import { wholeOrganization } from './whole-rows.ts'

builder.node(Organization, {
  description: 'A laboratory, company or university that publishes papers.',
  id: { resolve: (organization) => organization.id },
  fields: (t) => ({
    slug: t.exposeString('slug', {
      description: 'The name for addresses and filters. It changes if its source changes it.',
    }),
    name: t.exposeString('name', { description: 'The full name.' }),
    url: t.field({
      type: 'URL',
      description: 'The page of the organization on this server.',
      resolve: (organization, _args, { publicUrl }) => organizationAddress(publicUrl, organization),
    }),
    avatarUrl: t.expose('avatarUrl', {
      type: 'URL',
      nullable: true,
      description: 'The address of a logo; null if there is none.',
    }),
    paperCount: t.int({
      description: 'The number of papers from this organization.',
      resolve: (organization, _args, context) =>
        chain(wholeOrganization(organization, context), ({ paperCount }) => paperCount),
    }),
    voteCount: t.int({
      description: "The total number of votes for the organization's papers.",
      resolve: (organization, _args, context) =>
        chain(wholeOrganization(organization, context), ({ voteCount }) => voteCount),
    }),
    papers: t.field({
      type: PaperConnection,
      description: 'Papers from this organization.',
      extensions: FILTER_COST,
      args: paperArgs('NEWEST'),
      resolve: ({ id, slug }, args, context, info) =>
        paperConnection(context, { organization: { id, slug } }, args, info),
    }),
  }),
})

const { Connection: OrganizationConnection } = connectionTypes<
  OrganizationRow | OrganizationSummary,
  Edge<OrganizationRow | OrganizationSummary>,
  Connection<Edge<OrganizationRow | OrganizationSummary>>
>('Organization', Organization, 'organizations')

const OrganizationOrder = builder.enumType('OrganizationOrder', {
  description: 'The orders of a list of organizations.',
  values: {
    PAPER_COUNT: { description: 'By the number of papers, highest first.' },
    VOTES: { description: 'By the total votes for the papers, highest first.' },
    NAME: { description: 'By name, A to Z, ignoring case.' },
  },
})

builder.queryFields((t) => ({
  organization: t.field({
    type: Organization,
    nullable: true,
    description: 'One organization; null if no organization has this slug.',
    args: { slug: t.arg.string({ required: true, description: 'The slug of the organization, in any case.' }) },
    resolve: async (_root, { slug }, { db }) => (await organizationsBySlugs(db, [slug]))[0] ?? null,
  }),
  organizations: t.field({
    type: OrganizationConnection,
    description: 'Organizations with at least one visible paper.',
    args: {
      query: t.arg.string(directoryQuery('organizations')),
      orderBy: t.arg({
        type: OrganizationOrder,
        required: true,
        defaultValue: 'PAPER_COUNT',
        description: 'The order of the list.',
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
