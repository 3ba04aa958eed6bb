import { forEachFeedFormat } from '../src/formats/feed/formats.ts'
import { type FeedLinks, feedLinks, queryOfList } from '../src/formats/links.ts'
import { builder } from './builder.ts'
import { PaperConnection } from './paper-connection.ts'

export const FeedLinksType = builder.objectRef<FeedLinks>('FeedLinks').implement({
  description: 'Addresses of a list in other formats, with the same filter and order and 30 papers.',
  fields: (t) => ({
    ...forEachFeedFormat(({ extension, standard }) =>
      t.expose(extension, { type: 'URL', description: `The list as a feed in ${standard}.` }),
    ),
    bibtex: t.expose('bibtex', { type: 'URL', description: 'The list as a bibliography in BibTeX.' }),
    ris: t.expose('ris', { type: 'URL', description: 'The list as a bibliography in RIS.' }),
    embed: t.expose('embed', { type: 'URL', description: 'The list as an HTML page for an iframe.' }),
    embedHtml: t.exposeString('embedHtml', {
      description: 'HTML with an iframe that shows the list, to paste into a page.',
    }),
  }),
})

builder.objectField(PaperConnection, 'feeds', (t) =>
  t.field({
    type: FeedLinksType,
    description: 'The same list in other formats. They show the list as it is now: `asOf` has no effect on them.',
    resolve: ({ list }, _args, { publicUrl }) => feedLinks(publicUrl, queryOfList(list)),
  }),
)
