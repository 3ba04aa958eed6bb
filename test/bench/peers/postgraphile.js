// PostGraphile 5 with the Amber preset: its schema is made from the tables. `node postgraphile.js print` prints it.
import { createServer } from 'node:http'
import { printSchema } from 'graphql'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { databaseUrl, port, ready } from './serve.js'

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString: databaseUrl, schemas: ['public'], poolConfig: { max: 10 } })],
  // The list indexes are partial: without a condition on `hidden_at`, which has no index of its own, none could be used.
  disablePlugins: ['PgIndexBehaviorsPlugin'],
  schema: { defaultBehavior: '+list +connection' },
  grafserv: { graphqlPath: '/graphql', graphiql: false, watch: false },
  grafast: { explain: false },
})
if (process.argv[2] === 'print') {
  console.log(printSchema(await instance.getSchema()))
  process.exit()
}
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(port, '127.0.0.1', () => ready(server))
