import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { HEALTH_CHECKS } from '../../../src/http/health.ts'
import { OPERATIONS, openapiDocument } from '../../../src/http/openapi/document.ts'
import { LEFT_OUT } from '../../../src/http/openapi/server.ts'
import { ROUTES } from '../../../src/http/router.ts'

const document = openapiDocument('https://papers.example')

test('a linter has nothing to say about it', async () => {
  const config = await createConfig({
    extends: ['recommended-strict'],
    // The health checks refuse nobody.
    rules: { 'operation-4xx-response': 'off' },
  })
  const problems = await lintFromString({ source: JSON.stringify(document), absoluteRef: 'openapi.json', config })
  expect(problems.map(({ ruleId, message, location }) => `${location[0]?.pointer}: ${message} (${ruleId})`)).toEqual([])
})

test('it is valid OpenAPI 3.1 for a second validator', async () => {
  const validator = new Validator()
  expect(await validator.validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true })
  expect(validator.version).toBe('3.1')
})

/** The routes that requests to the examples have. */
const documented = new Set(
  OPERATIONS.flatMap(({ examples }) => examples.map((address) => new URL(address, 'http://localhost').pathname)).map(
    (path) => ROUTES.find((route) => route.path.test(path)),
  ),
)

test('every route is in it, or left out for a reason', () => {
  const missing = ROUTES.filter((route) => !documented.has(route) && !Object.hasOwn(LEFT_OUT, route.name))
  expect(missing.map(({ name, path }) => `${name}: ${path}`)).toEqual([])
})

test('nothing is left out that is in it, or that does not exist', () => {
  const names = new Set(ROUTES.map(({ name }) => name))
  const inIt = [...documented].map((route) => route?.name)
  for (const name of Object.keys(LEFT_OUT)) {
    expect(inIt).not.toContain(name)
    if (!name.startsWith('/')) expect(names).toContain(name)
  }
})

test('the health checks are in it', () => {
  const paths = OPERATIONS.filter(({ kind }) => kind === 'health').map(({ path }) => path)
  expect(paths).toEqual([...HEALTH_CHECKS.keys()])
})
