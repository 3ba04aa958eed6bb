import { type FeedLinks, feedLinks, queryOfList } from '../src/formats/links.ts'
import { builder } from './builder.ts'
import { PaperConnection } from './paper-connection.ts'

const FeedLinksType = builder.objectRef<FeedLinks>('FeedLinks').implement({
  description:
    'Addresses of a list for places that do not speak GraphQL. What they lead to has the filter and the order of the list, and 30 papers.',
  fields: (t) => ({
    rss: t.expose('rss', { type: 'URL', description: 'The list as RSS 2.0.' }),
    atom: t.expose('atom', { type: 'URL', description: 'The list as Atom.' }),
    json: t.expose('json', { type: 'URL', description: 'The list as JSON Feed 1.1.' }),
    embed: t.expose('embed', { type: 'URL', description: 'The list as a page for an iframe.' }),
    embedHtml: t.exposeString('embedHtml', { description: 'HTML to paste into a page, which shows the list.' }),
  }),
})

builder.objectField(PaperConnection, 'feeds', (t) =>
  t.field({
    type: FeedLinksType,
    description: 'The same list for places that do not speak GraphQL: as it is now, whatever `asOf` says.',
    resolve: ({ list }, _args, { publicUrl }) => feedLinks(publicUrl, queryOfList(list)),
  }),
)
