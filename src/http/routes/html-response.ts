import { createHash } from 'node:crypto'
import { messagePage } from '../../formats/html/document.ts'
import { STYLE } from '../../formats/html/style.ts'
import type { Page } from '../cache/response.ts'
import { answerPublic } from './answer-public.ts'
import { answeringBadInput } from './bad-request.ts'
import type { Visit } from './route.ts'

const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/**
 * What a page may do: show itself in its one stylesheet. No script, no picture but the icon in its address, no form.
 *
 * @param frameAncestors which sites may show it in a frame
 */
const contentSecurityPolicy = (frameAncestors: string): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${frameAncestors}`,
  ].join('; ')

/** For what a browser may open that is no page: nothing at all. */
export const INERT = { 'content-security-policy': "default-src 'none'; frame-ancestors 'none'" }

export interface HtmlOptions {
  status?: number
  /** Which sites may show it in a frame; none unless told. */
  frameAncestors?: string
  headers?: Record<string, string>
}

/** A page as the server answers it. */
export const htmlAnswer = (
  body: string,
  { status = 200, frameAncestors = "'none'", headers = {} }: HtmlOptions = {},
): Page => ({
  contentType: 'text/html; charset=utf-8',
  body,
  status,
  headers: {
    'content-security-policy': contentSecurityPolicy(frameAncestors),
    'referrer-policy': 'strict-origin-when-cross-origin',
    ...headers,
  },
})

export const notFound = (publicUrl: string, message: string, headers: Record<string, string> = {}): Page =>
  htmlAnswer(messagePage(publicUrl, 'Not found', message), { status: 404, headers })

/** Answers a page, or the one that says what is wrong with the address. */
export const answerPage = (
  visit: Visit,
  key: string,
  make: () => Promise<Page>,
  refuse: (message: string) => Page,
  options?: { byAddress: boolean },
): Promise<void> => answeringBadInput(visit, refuse, () => answerPublic(visit, key, make, options))

/** A part of a path as text, or null where it is not encoded right. */
export function decodedPath(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
