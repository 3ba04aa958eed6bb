// Mercurius 16 on Fastify 5: documents compiled when first met, relations by its own loaders.
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { linksOfKind, resolvers } from './resolvers.js'
import { sdl } from './sdl.js'
import { port, ready } from './serve.js'
import { authorsOf, linksOf, organizations, topicsOf, users } from './statements.js'

// Its cache makes a key of every whole parent; each of these is asked for once in an answer anyhow.
const loader = (load) => ({ loader: load, opts: { cache: false } })
const ids = (queries) => queries.map(({ obj }) => obj.id)

const app = Fastify({ logger: false })
app.register(mercurius, {
  schema: sdl,
  resolvers,
  loaders: {
    Paper: {
      organization: loader((queries) => organizations(queries.map(({ obj }) => obj.organizationId))),
      submittedBy: loader((queries) => users(queries.map(({ obj }) => obj.submitterId))),
      topics: loader((queries) => topicsOf(ids(queries))),
      authors: loader((queries) =>
        authorsOf(queries.map(({ obj, params }) => ({ paperId: obj.id, first: params.first }))),
      ),
      links: loader(async (queries) => {
        const lists = await linksOf(ids(queries))
        return lists.map((links, place) => linksOfKind(links, queries[place].params.kind))
      }),
    },
  },
  jit: 1,
  graphiql: false,
})
await app.listen({ port, host: '127.0.0.1' })
ready(app.server)
