import { BadUserInput } from '../../values/errors.ts'
import type { Page } from '../cache/response.ts'
import type { Visit } from './route.ts'

/**
 * Runs the answer to a visit; where what it asks for cannot be, answers with the page that says so.
 *
 * @param pageOf the page for a message, a sentence that names the parameter; its status is 400 unless it has another
 */
export async function answeringBadInput(
  { pages, request, response }: Visit,
  pageOf: (message: string) => Page,
  run: () => Promise<void>,
): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof BadUserInput)) throw error
    pages.answerOnce(request, response, { status: 400, ...pageOf(error.message) })
  }
}

/** A message as plain text. */
export const plainText = (message: string): Page => ({
  contentType: 'text/plain; charset=utf-8',
  body: `${message}\n`,
})
