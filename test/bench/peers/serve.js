import http from 'node:http'

/** What the benchmark tells a peer, and how the peer tells where it is. */
export const databaseUrl = process.env.DATABASE_URL
export const port = Number(process.env.PORT ?? 0)

/** The benchmark waits for this line. */
export const ready = (server) => console.log(`ready at http://127.0.0.1:${server.address().port}/`)

/** A bare server whose every answer is the text that a function makes of the operation in the body. */
export function serveBare(answer) {
  const server = http.createServer((request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      try {
        const { operation, variables } = JSON.parse(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))
        const body = Buffer.from(await answer(operation, variables))
        response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length })
        response.end(body)
      } catch (error) {
        console.error(error)
        response.writeHead(500).end()
      }
    })
  })
  server.listen(port, '127.0.0.1', () => ready(server))
}

/** The sort key and id inside a cursor; without a cursor, a place before every row. */
export function placeOf(after) {
  if (after == null) return ['Infinity', '9223372036854775807']
  const [, key, id] = JSON.parse(Buffer.from(after, 'base64url').toString())
  return [key, String(id)]
}

export const cursorOf = (order, key, id) => Buffer.from(JSON.stringify([order, key, Number(id)])).toString('base64url')
