// Apollo Server 5, stand-alone, relations by DataLoader.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import DataLoader from 'dataloader'
import { linksOfKind, resolvers } from './resolvers.js'
import { sdl } from './sdl.js'
import { port } from './serve.js'
import { authorsOf, linksOf, organizations, topicsOf, users } from './statements.js'

const server = new ApolloServer({
  typeDefs: sdl,
  introspection: false,
  resolvers: {
    ...resolvers,
    Paper: {
      organization: ({ organizationId }, _args, { loaders }) =>
        organizationId === null ? null : loaders.organization.load(organizationId),
      submittedBy: ({ submitterId }, _args, { loaders }) =>
        submitterId === null ? null : loaders.user.load(submitterId),
      topics: ({ id }, _args, { loaders }) => loaders.topics.load(id),
      authors: ({ id }, { first }, { loaders }) => loaders.authors.load({ paperId: id, first }),
      links: async ({ id }, { kind }, { loaders }) => linksOfKind(await loaders.links.load(id), kind),
    },
  },
})

/** Made anew for each request. What is asked for once for each paper needs no cache. */
const createLoaders = () => ({
  organization: new DataLoader(organizations),
  user: new DataLoader(users),
  topics: new DataLoader(topicsOf, { cache: false }),
  authors: new DataLoader(authorsOf, { cache: false }),
  links: new DataLoader(linksOf, { cache: false }),
})

const { url } = await startStandaloneServer(server, {
  listen: { port, host: '127.0.0.1' },
  context: async () => ({ loaders: createLoaders() }),
})
console.log(`ready at ${url}`)
