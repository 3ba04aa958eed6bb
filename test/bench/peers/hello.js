// Bare node:http with one fixed answer: the most that anything inside Node can reach. BODY_FILE has its text.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import { port, ready } from './serve.js'

const body = readFileSync(process.env.BODY_FILE)
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length }
const server = http.createServer((request, response) => {
  request.on('data', () => {})
  request.on('end', () => {
    response.writeHead(200, headers)
    response.end(body)
  })
})
server.listen(port, '127.0.0.1', () => ready(server))
