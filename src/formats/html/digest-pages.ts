import { longerPeriod, PERIODS, type Period } from '../../values/editions.ts'
import { OFTEN } from '../mailed-list.ts'
import { renderSitePage } from './document.ts'
import { type Html, html, type Part } from './html.ts'

// The pages behind the links of mails. Their addresses are secrets, and the server may be below a path: forms post to the
// address of their page, or to one beside it.

/** A subscription as its pages show it. */
export interface DigestPage {
  /** What its list is called. */
  title: string
  period: Period
  state: 'UNCONFIRMED' | 'ACTIVE' | 'PAUSED' | 'STOPPED'
  token: string
}

const page = (publicUrl: string, title: string, lead: Part, main: Part = null): string =>
  renderSitePage(
    publicUrl,
    { title: `${title} · Daily Papers`, description: null, canonical: null },
    html`<h1>${title}</h1>
<p class="lead">${lead}</p>
${main}`,
  )

const hidden = (name: string, value: string): Html => html`<input type="hidden" name="${name}" value="${value}">`
const change = (value: string, label: string): Html => html`<button name="change" value="${value}">${label}</button>`

/** What a link of a confirmation mail opens. */
export const renderConfirmPage = (publicUrl: string): string =>
  page(
    publicUrl,
    'Papers by mail?',
    'One click, and the papers that were asked for come to your mailbox. Every mail has a link that ends it.',
    html`<form class="actions" method="post"><button class="main">Confirm the subscription</button></form>`,
  )

export const renderConfirmedPage = (
  publicUrl: string,
  { title, period }: Pick<DigestPage, 'title' | 'period'>,
): string =>
  page(
    publicUrl,
    'You are subscribed',
    html`“${title}” comes ${OFTEN[period]} on which it has papers, once the edition is final. Every mail has links for less of it, for a pause and for the end.`,
  )

/** Asks before it ends a subscription, or says that it has ended. */
export function renderUnsubscribePage(publicUrl: string, { title, period, state, token }: DigestPage): string {
  const manage = `manage?token=${token}`
  if (state === 'STOPPED')
    return page(
      publicUrl,
      'You are unsubscribed',
      html`“${title}” is not sent to you any more.`,
      html`<form class="actions" method="post" action="${manage}">${change('resume', 'That was a mistake: subscribe again')}</form>`,
    )
  return page(
    publicUrl,
    'No more of this?',
    html`“${title}” comes ${OFTEN[period]}.`,
    html`<form class="actions" method="post"><button class="main">Unsubscribe</button></form>
<p class="steps"><a href="${manage}">Less often, or a pause</a></p>`,
  )
}

const STATES: Record<DigestPage['state'], (period: Period) => string> = {
  UNCONFIRMED: () => 'is not sent yet: the link in the confirmation mail begins it.',
  ACTIVE: (period) => `comes ${OFTEN[period]}.`,
  PAUSED: (period) => `comes ${OFTEN[period]}, but is paused now: nothing is sent until you resume it.`,
  STOPPED: () => 'is not sent to you any more.',
}

export function renderManagePage(publicUrl: string, { title, period, state }: DigestPage): string {
  const less = longerPeriod(period)
  const buttons = [
    state === 'ACTIVE' && change('pause', 'Pause'),
    state === 'PAUSED' && change('resume', 'Resume'),
    state === 'STOPPED' && change('resume', 'Subscribe again'),
    (state === 'ACTIVE' || state === 'PAUSED') && less !== null && change('lessOften', `Less often: ${OFTEN[less]}`),
    state !== 'STOPPED' && change('unsubscribe', 'Unsubscribe'),
  ]
  return page(
    publicUrl,
    'Your subscription',
    html`“${title}” ${STATES[state](period)}`,
    html`<form class="actions" method="post">${hidden('period', period)}${buttons}</form>`,
  )
}

/** For a link that is for no subscription. */
export const renderUnknownTokenPage = (publicUrl: string, kind: 'confirm' | 'manage'): string =>
  page(
    publicUrl,
    'This link does not work',
    kind === 'confirm'
      ? 'It is two days old, or a newer mail has another one, or it was not copied whole. Subscribe again, and a new mail comes.'
      : 'It was not copied whole, or there is no such subscription any more: then nothing is sent. The newest mail has a link that works.',
    html`<p class="steps"><a href="subscribe">Subscribe to papers by mail</a></p>`,
  )

/** The page where anyone subscribes to a list. */
export function renderSubscribePage(
  publicUrl: string,
  list: { title: string; email: string; period: Period; problem: FormProblem | null },
): string {
  return page(
    publicUrl,
    'Papers by mail',
    html`${list.title}, for each edition that has some, with a link that ends it in every mail.`,
    subscribeForm({ action: null, ...list }),
  )
}

/** Says the same whether or not the address was known. */
export const SUBSCRIBED =
  'Look into your mailbox: a mail with a link to confirm this is on its way, unless the address is subscribed already. Nothing else is sent before.'

export const renderSubscribedPage = (publicUrl: string): string => page(publicUrl, 'Almost done', SUBSCRIBED)

/** What is wrong with a form, shown beside the field that has to be changed. */
export interface FormProblem {
  field: string
  message: string
}

/** A field with its label and, below it, what is wrong with it. @param control writes the field with these attributes */
export function labelledField(
  name: string,
  label: string,
  problem: FormProblem | null,
  control: (attributes: Html | false) => Html,
): Html {
  const isWrong = problem?.field === name
  return html`<div><label>${label} ${control(isWrong && html` aria-invalid="true" aria-describedby="problem"`)}</label>${isWrong && html`<p class="problem" id="problem" role="alert">${problem.message}</p>`}</div>
`
}

/**
 * The fields with which anyone subscribes.
 *
 * @param action null for the address of the page
 */
export function subscribeForm({
  action,
  email = '',
  period = 'DAY',
  problem = null,
}: {
  action: string | null
  email?: string
  period?: Period
  problem?: FormProblem | null
}): Html {
  return html`<form class="actions" method="post"${action !== null && html` action="${action}"`}>
${labelledField('email', 'Your address', problem, (more) => html`<input type="email" name="email" value="${email}" required maxlength="254" autocomplete="email" placeholder="you@example.org"${more}>`)}${labelledField('period', 'How often', problem, (more) => html`<select name="period"${more}>${PERIODS.map((each) => html`<option value="${each}"${each === period && html` selected`}>${OFTEN[each]}</option>`)}</select>`)}<button class="main">Subscribe</button>
</form>`
}
