import { createHash } from 'node:crypto'
import { renderMessagePage } from '../../formats/html/document.ts'
import { STYLE } from '../../formats/html/style.ts'
import type { ResponseContent } from '../cache/response.ts'

const hashOf = (content: string): string => createHash('sha256').update(content).digest('base64')

const STYLE_HASH = hashOf(STYLE)

/**
 * A page may use its own stylesheet, and an icon in a data URL. No scripts but its own, if it has one, and no images but those of this server; forms post to this server only, if
 * there are any.
 */
const contentSecurityPolicy = ({
  frameAncestors,
  hasForms,
  script,
}: {
  frameAncestors: string
  hasForms: boolean
  script: string | undefined
}): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    ...(script === undefined ? [] : [`script-src 'sha256-${hashOf(script)}'`]),
    "img-src 'self' data:",
    "base-uri 'none'",
    `form-action ${hasForms ? "'self'" : "'none'"}`,
    `frame-ancestors ${frameAncestors}`,
  ].join('; ')

/** For responses that are not pages but that a browser may open: nothing is allowed. */
export const INERT = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" }

export interface HtmlOptions {
  status?: number
  /** The sites that may show the page in a frame; the default is none. */
  frameAncestors?: string
  /** Whether the page has forms; the default is true, for the search box. */
  hasForms?: boolean
  /** The text of the only script that may run. */
  script?: string
  headers?: Record<string, string>
}

export const htmlResponse = (
  body: string,
  { status = 200, frameAncestors = "'none'", hasForms = true, script, headers = {} }: HtmlOptions = {},
): ResponseContent => ({
  contentType: 'text/html; charset=utf-8',
  body,
  status,
  headers: {
    'content-security-policy': contentSecurityPolicy({ frameAncestors, hasForms, script }),
    'referrer-policy': 'strict-origin-when-cross-origin',
    ...headers,
  },
})

/** The page for an error, with its message. */
export const errorPage = (
  publicUrl: string,
  { status, message }: { status: number; message: string },
  headers: Record<string, string> = {},
): ResponseContent => htmlResponse(renderMessagePage(publicUrl, titleOf(status), message), { status, headers })

/** For an address that is not the present one: a name from before a merge or in other letters, or one of another system. */
export function movedTo(publicUrl: string, address: string): ResponseContent {
  const page = errorPage(publicUrl, { status: 301, message: `This page is at ${address} now.` })
  return { ...page, headers: { ...page.headers, location: address } }
}

const titleOf = (status: number): string =>
  status === 301
    ? 'Moved'
    : status === 404
      ? 'Not found'
      : status < 500
        ? 'This request does not work'
        : 'Not available'
