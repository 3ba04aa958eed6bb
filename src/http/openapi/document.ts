import { readFileSync } from 'node:fs'
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi'
import { CHANGE_OPERATIONS } from './changes.ts'
import { EMBED_OPERATIONS } from './embeds.ts'
import { FEED_OPERATIONS } from './feeds.ts'
import { HUGGING_FACE_OPERATIONS } from './hugging-face.ts'
import { type Operation, operationObject, TAGS } from './operation.ts'
import { PAPER_OPERATIONS } from './papers.ts'
import { SERVER_OPERATIONS } from './server.ts'

export const OPERATIONS: readonly Operation[] = [
  ...FEED_OPERATIONS,
  ...PAPER_OPERATIONS,
  ...CHANGE_OPERATIONS,
  ...EMBED_OPERATIONS,
  ...HUGGING_FACE_OPERATIONS,
  ...SERVER_OPERATIONS,
]

const DESCRIPTION = `Feeds, citations, embedded lists and the paths of Hugging Face's daily papers. Everything can be read without a key from any origin, by GET and HEAD. The GraphQL API at \`/graphql\` has the same papers, and more.

A parameter without a value counts as not given. Several values of a list are separated by commas; a comma within a value is percent-encoded once more (\`%252C\`). Parameters that newsletters and advertisements add, such as those that begin with \`utm_\`, are ignored; other unknown ones are refused.

Responses have an ETag and can be cached. \`RateLimit\` and \`RateLimit-Policy\` say what the client may spend.`

/** The description of this server as OpenAPI 3.1. */
export function openapiDocument(publicUrl: string): object {
  const paths: ZodOpenApiPathsObject = {}
  for (const operation of OPERATIONS) paths[operation.path] = { get: operationObject(publicUrl, operation) }
  const { version, license } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'))
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Daily Papers',
        version,
        description: DESCRIPTION,
        license: { name: license, identifier: license },
      },
      servers: [{ url: publicUrl }],
      externalDocs: { url: `${publicUrl}/docs`, description: 'Feeds, mails, frames and GraphQL, with a composer.' },
      security: [],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths,
    },
    {
      override: ({ zodSchema: { _zod }, jsonSchema }) => {
        const { def } = _zod
        // Objects may get more fields, and clients must not refuse them.
        if (def.type === 'object' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties
        // zod leaves it out for parameters whose text is read as another type.
        if (def.type === 'default') jsonSchema.default = def.defaultValue
      },
    },
  )
}
