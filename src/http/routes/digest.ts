import { parse } from 'graphql'
import { mailedTitle } from '../../deliveries/mailed-title.ts'
import {
  changeDigest,
  confirmDigest,
  type DigestChange,
  type DigestView,
  digestOfToken,
} from '../../deliveries/subscriptions.ts'
import {
  type DigestPage,
  type FormProblem,
  renderConfirmedPage,
  renderConfirmPage,
  renderManagePage,
  renderSubscribedPage,
  renderSubscribePage,
  renderUnknownTokenPage,
  renderUnsubscribePage,
  SUBSCRIBED,
} from '../../formats/html/digest-pages.ts'
import { FEED_DEFAULTS } from '../../formats/links.ts'
import { type PaperQuery, parseCurrentQuery } from '../../formats/query-string.ts'
import { parseSavedQuery } from '../../formats/saved-filter.ts'
import { PERIODS, type Period } from '../../values/editions.ts'
import { emailAddressOf } from '../../values/email-address.ts'
import { mediaTypeNegotiator } from '../accept.ts'
import { errorJson, type ResponseContent } from '../cache/response.ts'
import { runOwnMutation } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'
import type { FormRoute, Posted } from './form-route.ts'
import { errorPage, htmlResponse } from './html-response.ts'
import type { RouteRequest } from './route.ts'

/** The addresses are secrets: no cache stores the pages, no search engine lists them, and no link tells where it was. */
const SECRET = { 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' }

const secretPage = (body: string, status = 200): ResponseContent => ({
  ...htmlResponse(body, { status, hasForms: true, headers: SECRET }),
  seconds: 0,
})

const refuse: FormRoute['refuse'] = (refusal, _request, { publicUrl }) => ({
  ...errorPage(publicUrl, refusal, SECRET),
  seconds: 0,
})

const unknownToken = ({ publicUrl }: ServerParts, kind: 'confirm' | 'manage'): ResponseContent =>
  secretPage(renderUnknownTokenPage(publicUrl, kind), 404)

/** The token of an address; null if it has none. Programs that find links in texts add what stands after them. */
const tokenOf = ({ url }: RouteRequest): string | null =>
  /^[\w-]{1,100}/.exec(url.searchParams.get('token') ?? '')?.[0] ?? null

const pageOf = async (
  { db }: ServerParts,
  { name, query, period, state }: DigestView,
  token: string,
): Promise<DigestPage> => ({
  title: name ?? (await mailedTitle(db, parseSavedQuery(query))),
  period,
  state,
  token,
})

/** What has the token of a confirmation mail. The page does not look it up: only the confirmation does, once. */
const confirm: FormRoute<string | null> = {
  name: 'digest-confirm',
  path: /^\/digest\/confirm$/,
  parse: tokenOf,
  show: async (token, parts) =>
    token === null ? unknownToken(parts, 'confirm') : secretPage(renderConfirmPage(parts.publicUrl)),
  act: async (token, _posted, parts) => {
    const digest = token === null ? null : await confirmDigest(parts.db, token, parts.clock.now())
    if (token === null || digest === null) return unknownToken(parts, 'confirm')
    return secretPage(renderConfirmedPage(parts.publicUrl, await pageOf(parts, digest, token)))
  },
  refuse,
}

/** The page of the subscription that a token names. */
async function subscriptionPage(
  parts: ServerParts,
  token: string | null,
  found: (token: string) => Promise<DigestView | null>,
  render: typeof renderManagePage,
): Promise<ResponseContent> {
  const digest = token === null ? null : await found(token)
  if (token === null || digest === null) return unknownToken(parts, 'manage')
  return secretPage(render(parts.publicUrl, await pageOf(parts, digest, token)))
}

/** RFC 8058: a POST unsubscribes, whatever its body says. */
const unsubscribe: FormRoute<string | null> = {
  name: 'digest-unsubscribe',
  path: /^\/digest\/unsubscribe$/,
  parse: tokenOf,
  show: (token, parts) =>
    subscriptionPage(parts, token, (known) => digestOfToken(parts.db, known), renderUnsubscribePage),
  act: (token, _posted, parts) =>
    subscriptionPage(parts, token, (known) => changeDigest(parts.db, known, 'unsubscribe'), renderUnsubscribePage),
  refuse,
}

const CHANGES: readonly DigestChange[] = ['pause', 'resume', 'lessOften', 'unsubscribe']

const manage: FormRoute<string | null> = {
  name: 'digest-manage',
  path: /^\/digest\/manage$/,
  parse: tokenOf,
  show: (token, parts) => subscriptionPage(parts, token, (known) => digestOfToken(parts.db, known), renderManagePage),
  act: async (token, { form }, parts) => {
    const fields = await form()
    const change = CHANGES.find((each) => each === fields.get('change'))
    return subscriptionPage(
      parts,
      token,
      async (known) => {
        const digest = await digestOfToken(parts.db, known)
        // A form that is sent once more must not make a weekly mail monthly.
        const isDone = change === 'lessOften' && digest?.period !== fields.get('period')
        return change === undefined || isDone ? digest : changeDigest(parts.db, known, change)
      },
      renderManagePage,
    )
  },
  refuse,
}

const SUBSCRIBE = parse(/* GraphQL */ `
  mutation Subscribe($input: SubscribeToDigestInput!) {
    subscribeToDigest(input: $input) { __typename ... on Error { message } }
  }
`)

const negotiate = mediaTypeNegotiator(['text/html', 'application/json'])

interface Subscription {
  query: PaperQuery
  /** For the element, whose script posts the form. */
  isJson: boolean
}

const isJsonPreferred = ({ accept }: RouteRequest): boolean => negotiate(accept) === 'application/json'

/** For the forms of pages and of the custom element. The address has the filter of a feed. */
const subscribe: FormRoute<Subscription> = {
  name: 'digest-subscribe',
  path: /^\/digest\/subscribe$/,
  parse: (request) => ({
    // A list of the newest edition comes by mail as each edition: the mail has one anyway.
    query: parseCurrentQuery(request.url.searchParams, FEED_DEFAULTS).query,
    isJson: isJsonPreferred(request),
  }),
  show: async (subscription, parts) => formPage(parts, subscription, { email: '', period: 'DAY', problem: null }),
  act: async (subscription, posted, parts) => {
    const fields = await posted.form()
    const typed = fields.get('email') ?? ''
    const email = emailAddressOf(typed)
    const period = PERIODS.find((each) => each === (fields.get('period') ?? 'DAY').toUpperCase())
    const again = { email: typed, period: period ?? ('DAY' as const) }
    if (period === undefined)
      return formPage(
        parts,
        subscription,
        { ...again, problem: { field: 'period', message: 'Choose day, week or month.' } },
        400,
      )
    if (email === null)
      return formPage(
        parts,
        subscription,
        { ...again, problem: { field: 'email', message: 'Type an address, such as ada@example.org.' } },
        400,
      )
    const problem = await subscribeTo(parts, posted, { email, period, filter: subscription.query.filter })
    if (problem !== null) {
      const { message, status } = problem
      return formPage(parts, subscription, { ...again, problem: { field: 'email', message } }, status)
    }
    return subscription.isJson ? json({ message: SUBSCRIBED }) : secretPage(renderSubscribedPage(parts.publicUrl))
  },
  refuse: (refusal, request, parts) =>
    isJsonPreferred(request)
      ? { ...errorJson(refusal.message, refusal.status), headers: SECRET, seconds: 0 }
      : refuse(refusal, request, parts),
}

/** The form, once more if something was wrong with it. */
async function formPage(
  { db, publicUrl }: ServerParts,
  { query, isJson }: Subscription,
  form: { email: string; period: Period; problem: FormProblem | null },
  status = 200,
): Promise<ResponseContent> {
  if (isJson && form.problem !== null)
    return { ...errorJson(form.problem.message, status), headers: SECRET, seconds: 0 }
  const title = await mailedTitle(db, query)
  return secretPage(renderSubscribePage(publicUrl, { title, ...form }), status)
}

const json = (value: object): ResponseContent => ({
  contentType: 'application/json; charset=utf-8',
  body: JSON.stringify(value),
  headers: SECRET,
  seconds: 0,
})

const STATUSES: Record<string, number> = { InvalidInputError: 400, RateLimitedError: 429 }

/** Null, or why nothing is sent. */
async function subscribeTo(
  parts: ServerParts,
  { spending }: Posted,
  input: { email: string; period: Period; filter: PaperQuery['filter'] },
): Promise<{ message: string; status: number } | null> {
  type Result = { subscribeToDigest: { __typename: string; message?: string } }
  const { subscribeToDigest: result } = await runOwnMutation<Result>(parts, SUBSCRIBE, { input }, spending)
  return result.message === undefined ? null : { message: result.message, status: STATUSES[result.__typename] ?? 400 }
}

export const DIGEST_ROUTES: readonly FormRoute[] = [confirm, unsubscribe, manage, subscribe]
