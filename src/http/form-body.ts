import type { IncomingMessage } from 'node:http'
import { isText } from '../formats/parameters.ts'
import { BadRequest, UnsupportedMediaType } from './graphql/refusals.ts'
import { readBody } from './graphql/request-body.ts'

/** In bytes: the forms here have an address and a few words. */
const MAX_FORM_BYTES = 16 * 1024

const FORM_TYPES = /^(?:application\/x-www-form-urlencoded|multipart\/form-data)\s*(?:;|$)/i

/**
 * The fields of a form that was posted. Of a field that is there twice, the last counts.
 *
 * @throws PayloadTooLarge, UnsupportedMediaType, BadRequest
 */
export async function readForm(request: IncomingMessage): Promise<Map<string, string>> {
  const type = request.headers['content-type'] ?? ''
  if (!FORM_TYPES.test(type))
    throw new UnsupportedMediaType(
      'The body must be a form: application/x-www-form-urlencoded or multipart/form-data.',
      {},
    )
  const body = await readBody(request, MAX_FORM_BYTES)
  const form = await new Response(body, { headers: { 'content-type': type } }).formData().catch(() => null)
  if (form === null) throw new BadRequest('The body is not the form that its Content-Type says.')
  const fields = new Map<string, string>()
  for (const [name, value] of form) if (typeof value === 'string' && isText(value)) fields.set(name, value)
  return fields
}
