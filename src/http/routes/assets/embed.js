// <daily-papers topics="agents" first="5" order-by="TRENDING" theme="auto" live>Shown until the papers are there</daily-papers>
//
// A list of papers on any page, from the server that this file came from. Attributes are the parameters of the server's
// feeds with hyphens (`published-from` for `publishedFrom`; `edition` is day, week, month, or one by its name), `theme` (auto, light, dark), `live`, and `subscribe` for a form
// by which readers get the papers of the list by mail. Without `first` there are as many papers as in a feed. `layout` is list, cards or compact, and `images="off"` leaves pictures out. `heading` shows the
// title of the list, or its text, at `heading-level`; `lang` chooses the form of dates and numbers; `server` is the address of
// the server where this file is a copy. All of them are properties too: `element.publishedFrom`, `element.topics = ['agents']`.
//
// Pages pin this script by its hash. After a change, of the filter fields too, `npm run embed-script` keeps what the server
// sends now as `embed-<hash>.js` beside this file. Versions that were on the main branch stay, so that those pages work.

/** The attributes that choose papers. The server writes their names in here. */
const FIELDS = 'LIST_ATTRIBUTES'.split(' ')
/** Attributes that are there or not. As frameworks write `false`, that means not. */
const SWITCHES = ['live', 'subscribe']
const ATTRIBUTES = [...FIELDS, ...SWITCHES, 'heading', 'heading-level', 'images', 'layout', 'server', 'theme']
const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
/** `order-by` as HTML reads `orderBy`. */
const joined = (name) => name.replaceAll('-', '')
const KNOWN = new Set([...ATTRIBUTES, ...ATTRIBUTES.map(joined)])
/** Attributes of all elements, and those that frameworks add. */
const GLOBAL =
  /^(accesskey|autofocus|class|contenteditable|dir|draggable|exportparts|hidden|id|inert|is|key|lang|nonce|part|popover|ref|role|slot|spellcheck|style|tabindex|title|translate|(aria|data|hx|ng|v|x)-.*|(item|on)[a-z]+|.*[^a-z-].*)$/
const warned = new Set()
const SHOWN_AUTHORS = 3
const SHOWN_TOPICS = 4
/** In milliseconds: how long the server may take to respond. */
const TIMEOUT = 8_000
/** The maximum number of papers in one subscription. */
const MAX_LIVE = 100
/** How often a list that failed to load is retried by a timer. */
const MAX_RETRIES = 6
/** The id of the persisted document EMBED_SUBSCRIPTION in `own-documents.ts`. */
const SUBSCRIPTION = 'sha256:2b431811a9a8d7dd991c4c87e226324fbeebe0d80d516bb134721e20db792555'

/** Where this file came from: a server, which may be served below a path. */
const ORIGIN = new URL('./', import.meta.url).href

const STYLE = `
/* Inherits no text settings of the page, but is hidden where its container is hidden. */
:host { all: initial; visibility: inherit; pointer-events: inherit; display: block; min-width: 0; color-scheme: inherit;
  --text: var(--daily-papers-text, light-dark(#1d1b18, #ece9e4));
  --muted: var(--daily-papers-muted, light-dark(#645e56, #a8a29a));
  --accent: var(--daily-papers-accent, light-dark(#b5391f, #ff9d80));
  --line: var(--daily-papers-line, light-dark(#e6e1da, #34312c));
  color: var(--text); background: var(--daily-papers-background, light-dark(#fff, #171614)); border: 1px solid var(--line); border-radius: 12px;
  font: var(--daily-papers-font, 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif);
  overflow-wrap: break-word }
:host([hidden]) { display: none }
:host([theme=light i]) { color-scheme: light }
:host([theme=dark i]) { color-scheme: dark }
* { box-sizing: border-box; margin: 0; padding: 0 }
ol, ul { list-style: none }
slot { display: block; padding: .75em var(--daily-papers-inset, 1em) }
ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30em), 1fr)); column-gap: 3em; padding-inline: var(--daily-papers-inset, 1em);
  /* Cuts off the line above the first row. */ clip-path: inset(1px -1em -1em) }
.item { display: grid; align-content: start; grid-template: repeat(5, auto) 1fr / minmax(clamp(2.25em, 9%, 2.75em), max-content) minmax(0, 1fr); column-gap: .75em; padding-block: 1em; border-top: 1px solid var(--line) }
.item > * { grid-column: 2 }
.item .votes { grid-column: 1; grid-row: 1 / span 6; color: var(--accent); text-align: center; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums }
.item:has(> .thumb) { grid-template-columns: minmax(clamp(2.25em, 9%, 2.75em), max-content) minmax(0, 1fr) clamp(0em, (100% - 20em) * 999, min(22%, 9em)) }
.item > :is(.title, .facts, .topics) { grid-column: 2 / -1 }
.item .thumb { display: block; grid-column: 3; grid-row: 2 / span 2; align-self: start; aspect-ratio: 40 / 21; margin-top: .4em; overflow: hidden; outline: 1px solid color-mix(in srgb, var(--muted) 22%, transparent); outline-offset: -1px; border-radius: 6px; background: color-mix(in srgb, var(--muted) 12%, transparent) }
.thumb:empty { --color: color-mix(in srgb, var(--muted) 40%, transparent); --bar: linear-gradient(var(--color) 0 0) no-repeat; background: var(--bar) 50% 36% / 34% 16%, var(--bar) 50% 60% / 34% 4%, var(--bar) 50% 69% / 34% 4%, color-mix(in srgb, var(--muted) 12%, transparent) }
.thumb img { display: block; width: 100%; height: 100%; object-fit: cover }
.avatar, .logo { width: 1.25em; height: 1.25em; border-radius: 50%; object-fit: cover; vertical-align: -.25em; background: var(--line) }
.logo { border-radius: 3px }
.cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17em), 1fr)); gap: 1.25em; margin-block: 1em; clip-path: none }
.cards .item { grid-template: repeat(6, auto) 1fr / minmax(3em, max-content) minmax(0, 1fr); column-gap: 0; padding: .875em .875em .875em 0; overflow: hidden; border: 1px solid var(--line); border-radius: 10px }
.cards .item:has(.thumb) { padding-top: 0 }
.cards .thumb { grid-column: 1 / -1; grid-row: 1; margin: 0 -.875em .75em 0; outline: 0; border-bottom: 1px solid var(--line); border-radius: 0 }
.cards .title { grid-row: 2 }
.cards .votes { grid-row: 2 / span 6 }
.compact .item { padding-block: .5em }
.item .zero { color: var(--muted) }
.votes span { display: block; color: var(--muted); font-size: .75em; font-weight: 400 }
.heading { margin-inline: var(--daily-papers-inset, 1em); padding-block: .75em; font-size: 1em; line-height: 1.5; text-wrap: balance }
.heading > span { font-size: 1.25em; line-height: 1.25 }
.heading:has(+ ol) { border-bottom: 1px solid var(--line) }
.title { font-size: 1.0625em; font-weight: 600; line-height: 1.25; text-wrap: pretty }
a { color: inherit; text-decoration: none; text-underline-offset: .18em }
.title a { display: -webkit-box; width: fit-content; max-width: 100%; -webkit-box-orient: vertical; -webkit-line-clamp: 8; overflow: hidden }
a:hover { color: var(--accent); text-decoration: underline }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px }
.authors { margin-top: .2em; font-size: .9375em }
.summary { margin-top: .25em; font-size: .9375em; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden }
.cards .summary { -webkit-line-clamp: 4 }
.facts, .topics { margin-top: .2em; color: var(--muted); font-size: .875em }
/* The sign before the first fact of a line is outside, and cut off. */
.facts { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: 1em; clip-path: inset(-5px) }
.facts > * { position: relative; max-width: 100% }
.facts > :not(:first-child)::before { position: absolute; inset-inline-start: -.66em; content: "·"; content: "·" / "" }
.facts a { text-decoration: underline color-mix(in srgb, currentColor 45%, transparent) }
.facts a:hover { text-decoration-color: currentColor }
.topics { display: flex; flex-wrap: wrap; gap: 0 .35em; height: 1.5em; overflow: hidden }
.topics > li { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.topics > :not(:first-child)::before { content: "·\\a0"; content: "·\\a0" / "" }
time { white-space: nowrap }
.steps { display: flex; gap: .75em; align-items: center; margin-inline: var(--daily-papers-inset, 1em); padding-block: .75em; border-bottom: 1px solid var(--line) }
.edition { flex: 1; overflow-wrap: anywhere; text-align: center; font-weight: 600 }
.step { min-width: min(2.75em, 44px); min-height: 44px; border: 1px solid var(--line); border-radius: 6px; color: var(--accent); background: transparent; font: inherit; cursor: pointer }
.step:disabled { opacity: .35; cursor: default }
.step:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.none, .source { margin-inline: var(--daily-papers-inset, 1em); padding-block: .75em; color: var(--muted) }
.source { display: flex; flex-wrap: wrap; gap: 0 1em; justify-content: space-between; border-top: 1px solid var(--line) }
.source a { font-size: .875em; text-decoration: underline }
.source a:first-child { display: flex; gap: .5em; align-items: center; color: var(--text); font-weight: 600; text-decoration: none }
.mark { width: 1.3em; height: 1.3em }
.subscribe { display: flex; flex-wrap: wrap; gap: .5em; align-items: end; margin-inline: var(--daily-papers-inset, 1em); padding-block: .75em; border-top: 1px solid var(--line) }
.subscribe :is(input, select, button) { min-width: 0; min-height: 2.75em; padding: .4em .75em; border: 1px solid var(--muted); border-radius: 6px; color: inherit; background: transparent; font: inherit }
.subscribe button { font-size: .9375em }
.subscribe option { color: CanvasText; background: Canvas }
.field { display: grid; gap: .25em; min-width: 0; color: var(--muted); font-size: .875em }
.field:first-child { flex: 1 1 16em }
.field > * { color: var(--text); font-size: 1.0714em }
.email[aria-invalid] { outline: 2px solid var(--accent) }
.subscribe button { cursor: pointer; font-weight: 600; color: var(--accent); border-color: var(--accent) }
.subscribe button:disabled { cursor: default; opacity: .6 }
.subscribe :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.reply { flex: 1 0 100%; font-size: .9375em }
.reply:empty { display: none }
`
/** For a page that is dark without saying so by `color-scheme`. */
const DARK = ':host { color-scheme: dark }'
const sheets = new WeakMap()
/** The stylesheets of all elements of a document. A content security policy may forbid a <style> element. */
function sheetsOf(page) {
  if (!sheets.has(page))
    sheets.set(
      page,
      [STYLE, DARK].map((style) => {
        const sheet = new page.defaultView.CSSStyleSheet()
        sheet.replaceSync(style)
        return sheet
      }),
    )
  return sheets.get(page)
}

/** How light a computed color is, from 0 to 1; null if one can look through it. */
function lightness(color) {
  const numbers = color.replace(/^\w+\(([a-z][\w-]* )?/, '').match(/-?[\d.]+(e-?\d+)?/g) ?? []
  const [one, two, three, alpha = 1] = numbers.map(Number)
  if (alpha < 0.5) return null
  if (color.startsWith('ok')) return one
  if (color.startsWith('l')) return one / 100
  return (0.3 * one + 0.59 * two + 0.11 * three) / (color.startsWith('rgb') ? 255 : 1)
}

/** Is an element on a dark background, on a page that does not say so by `color-scheme`? */
function isOnDark(element) {
  const page = element.ownerDocument
  let node = element.assignedSlot ?? element.parentNode
  if (getComputedStyle(element).colorScheme !== 'normal' || page.querySelector('meta[name=color-scheme i]'))
    return false
  for (; node; node = node.assignedSlot ?? node.parentNode ?? node.host) {
    if (node.nodeType !== 1) continue
    const { backgroundColor, backgroundImage, color } = getComputedStyle(node)
    const light = lightness(backgroundColor)
    if (light !== null) return light < 0.5
    // Nobody knows the colors of a picture, but text on it must be legible.
    if (backgroundImage !== 'none') return lightness(color) > 0.5
  }
  return false
}

/** Creates an element. Everything from the server is inserted as text, never as markup. */
function make(tag, name, ...children) {
  const element = document.createElement(tag)
  if (name) element.className = element.part = name
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''))
  return element
}

const text = (value) => (typeof value === 'string' ? value : '')
const count = (value) => (Number.isSafeInteger(value) ? value : 0)
const list = (value) => (Array.isArray(value) ? value : [])
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec'.split(' ')
/**
 * The forms of numbers and dates of each language. Those of the usual one are written out: the first that a page makes by
 * `Intl` takes a browser longer than everything else that the element does.
 */
const formats = new Map([
  [
    'en-GB',
    {
      number: { format: (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ',') },
      day: { format: (day) => `${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]} ${day.getUTCFullYear()}` },
    },
  ],
])
function formatsOf(lang) {
  if (!formats.has(lang))
    formats.set(lang, {
      number: new Intl.NumberFormat(lang),
      day: new Intl.DateTimeFormat(lang, { dateStyle: 'medium', timeZone: 'UTC' }),
    })
  return formats.get(lang)
}

const counted = (number, what, lang) => `${formatsOf(lang).number.format(number)} ${what}${number === 1 ? '' : 's'}`

function link(href, label) {
  const anchor = make('a', '', label)
  const url = URL.canParse(href) ? new URL(href) : null
  if (url?.protocol === 'https:' || url?.protocol === 'http:') {
    anchor.href = url.href
    anchor.target = '_blank'
    anchor.rel = 'noopener'
  }
  return anchor
}

/** A list that screen readers announce as one although it has no markers. */
function makeList(tag, name, label, items) {
  const element = make(tag, name, ...items)
  element.setAttribute('role', 'list')
  element.setAttribute('aria-label', label)
  return element
}

function makeAuthors(authors, lang) {
  const names = authors.map((author) => text(author?.name)).filter(Boolean)
  const line = make('p', 'authors')
  for (const [place, name] of names.slice(0, SHOWN_AUTHORS).entries())
    line.append(place > 0 ? ', ' : '', make('bdi', '', name))
  if (names.length > SHOWN_AUTHORS)
    line.append(` and ${formatsOf(lang).number.format(names.length - SHOWN_AUTHORS)} more`)
  return line
}

function makeDate(moment, lang) {
  const day = new Date(`${text(moment).slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(day.getTime())) return null
  const date = make('time', 'date', formatsOf(lang).day.format(day))
  date.dateTime = day.toISOString().slice(0, 10)
  return date
}

function makeVotes(number, lang) {
  const votes = make('p', 'votes')
  let shown
  votes.show = (now) => {
    if (now === shown) return
    shown = now
    // More digits would widen their column, and titles no longer be in line.
    const number = now < 1e4 ? formatsOf(lang).number : new Intl.NumberFormat(lang, { notation: 'compact' })
    votes.classList.toggle('zero', now === 0)
    votes.replaceChildren(number.format(now), make('span', '', now === 1 ? ' vote' : ' votes'))
  }
  votes.show(number)
  return votes
}

function makeImage(name, src, width, height) {
  const image = make('img', name)
  // `loading` comes before what it applies to.
  return Object.assign(image, { alt: '', width, height, loading: 'lazy', decoding: 'async', src })
}

/** A name after its picture, if it has one, and after what it is. */
const makeWho = (part, before, name, source) =>
  make(
    'span',
    part,
    before,
    ...(source ? [makeImage(before ? 'avatar' : 'logo', source, 20, 20), ' '] : []),
    make('bdi', '', name),
  )

/** The thumbnail of a paper, or what is drawn where it has none. */
function makeThumb(item, isLarge) {
  const { small, large } = item?._daily_papers?.thumbnail ?? {}
  if (!text(small)) return make('span', 'thumb')
  const image = isLarge ? makeImage('', text(large), 640, 336) : makeImage('', small, 320, 168)
  const thumb = link(text(item.url), image)
  thumb.className = thumb.part = 'thumb'
  thumb.tabIndex = -1
  thumb.ariaHidden = true
  return thumb
}

/** @param look the layout, and whether there are pictures: of people, and of papers */
function makeItem(item, votesById, isDated, lang, { layout, hasPictures, hasThumbs }) {
  const isShort = layout === 'compact'
  const more = item?._daily_papers ?? {}
  const title = make('p', 'title', link(text(item?.url), text(item?.title)))
  title.dir = 'auto'
  const votes = makeVotes(count(more.voteCount), lang)
  if (text(more.id)) votesById.set(more.id, votes)
  const picture = (source) => (hasPictures ? text(source) : '')
  const organization = text(more.organization)
    ? makeWho('organization', '', more.organization, picture(more.logo))
    : null
  const { name, avatar } = (!isShort && more.submitter) || {}
  const submitter = text(name) ? makeWho('submitter', 'listed by ', name, picture(avatar)) : null
  const stars =
    Number.isSafeInteger(more.githubStars) && !isShort
      ? make('span', 'stars', counted(more.githubStars, 'star', lang))
      : null
  const links = isShort ? [] : list(more.links).map((one) => link(text(one?.url), text(one?.label)))
  const said = count(more.commentCount)
  const comments = said > 0 ? make('span', 'comments', counted(said, 'comment', lang)) : null
  const facts = make('p', 'facts')
  const date = isDated ? makeDate(more.listedOn ?? item?.date_published, lang) : null
  for (const fact of [organization, submitter, comments, stars, date, ...links].filter(Boolean))
    facts.append(facts.hasChildNodes() ? ' ' : '', make('span', '', fact))
  const topics = isShort ? [] : list(item?.tags).map(text).filter(Boolean).slice(0, SHOWN_TOPICS)
  const summary = isShort || !text(item?.summary) ? null : make('p', 'summary', item.summary)
  if (summary) summary.dir = 'auto'
  return make(
    'li',
    'item',
    title,
    votes,
    hasThumbs ? makeThumb(item, layout === 'cards') : null,
    makeAuthors(list(item?.authors), lang),
    summary,
    facts.hasChildNodes() ? facts : null,
    topics.length > 0
      ? makeList(
          'ul',
          'topics',
          'Topics',
          topics.map((topic) => make('li', 'topic', make('bdi', '', topic))),
        )
      : null,
  )
}

/** The title of an edition, with buttons for those before and after. @param go shows an edition by its name */
function makeEdition({ title, previous, next }, go) {
  const button = (name, label, arrow) => {
    const step = make('button', 'step', arrow)
    step.setAttribute('aria-label', label)
    if (text(name)) step.value = name
    else step.disabled = true
    step.addEventListener('click', () => go(name))
    return step
  }
  const heading = make('p', 'edition', text(title))
  heading.setAttribute('aria-live', 'polite')
  const steps = make(
    'div',
    'steps',
    button(previous, 'The edition before', '←'),
    heading,
    button(next, 'The edition after', '→'),
  )
  steps.setAttribute('role', 'group')
  steps.setAttribute('aria-label', 'Edition')
  return steps
}

/** The mark of the site, as `MARK` in `src/formats/html/document.ts`. */
const MARK = [
  ['#b5391f', 'M3 0h14l7 7v14a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z'],
  ['#f6d9d0', 'M17 0v4a3 3 0 0 0 3 3h4z'],
  ['#fff', 'M12 9.5 17.5 17h-11z'],
]
function makeMark() {
  const draw = (tag, attributes) => {
    const shape = document.createElementNS('http://www.w3.org/2000/svg', tag)
    for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, value)
    return shape
  }
  const mark = draw('svg', { class: 'mark', part: 'mark', viewBox: '0 0 24 24', 'aria-hidden': true })
  mark.append(...MARK.map(([fill, d]) => draw('path', { fill, d })))
  return mark
}

/** A form by which readers subscribe to a list. @param address returns where it posts */
function makeForm(address) {
  const email = make('input', 'email')
  Object.assign(email, { type: 'email', required: true, maxLength: 254, autocomplete: 'email' })
  email.placeholder = 'you@example.org'
  const options = ['day', 'week', 'month'].map((period) => {
    const option = make('option', '', `every ${period}`)
    option.value = period.toUpperCase()
    return option
  })
  const period = make('select', 'period', ...options)
  const button = make('button', 'button', 'Subscribe')
  const reply = make('p', 'reply')
  reply.setAttribute('role', 'status')
  reply.id = 'reply'
  const form = make(
    'form',
    'subscribe',
    make('label', 'field', 'These papers by mail: your address', email),
    make('label', 'field', 'How often', period),
    button,
    reply,
  )
  form.setAttribute('aria-label', 'Papers by mail')
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    button.disabled = true
    reply.textContent = ''
    const isDone = await subscribe(address(), { email: email.value, period: period.value }, reply)
    button.disabled = false
    if (isDone) email.value = ''
    else email.focus()
    email.ariaInvalid = isDone ? null : 'true'
    email.setAttribute('aria-describedby', 'reply')
  })
  return form
}

/** Subscribes, and shows what the server says. A form, unlike JSON, needs no preflight from a page of another origin. */
async function subscribe(url, fields, reply) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT),
      credentials: 'omit',
      referrerPolicy: 'strict-origin-when-cross-origin',
    })
    const { message, error } = await response.json()
    reply.textContent = text(message) || text(error)
    return response.ok
  } catch (error) {
    console.warn('daily-papers:', error.message)
    reply.textContent = 'This did not work. Try again in a moment.'
    return false
  }
}

class DailyPapers extends HTMLElement {
  static observedAttributes = [...KNOWN, 'lang']

  #request = null
  #shown = ''
  /** The edition that a reader went to; null for the one of the attribute. */
  #edition = null
  #votes = new Map()
  /** The connection for live counts that this element has joined. */
  #live = null
  #failures = 0
  #retry = 0
  /** Kept while the list changes, with what was typed. */
  #form = makeForm(() => this.#address('digest/subscribe'))

  constructor() {
    super()
    this.attachShadow({ mode: 'open' })
    this.#showFallback()
  }

  connectedCallback() {
    // What a page set before this script had loaded hides the properties of the class.
    for (const name of ATTRIBUTES.flatMap((attribute) => [attribute, camelCase(attribute)])) {
      if (!Object.hasOwn(this, name)) continue
      const value = this[name]
      delete this[name]
      this[name] = value
    }
    for (const { name } of this.attributes) {
      if (KNOWN.has(name) || GLOBAL.test(name) || warned.has(name)) continue
      warned.add(name)
      console.warn(`daily-papers: unknown attribute ${name}`)
    }
    connected.add(this)
    this.load()
    // The request goes out first: the browser has to compute the styles of the page for the theme.
    queueMicrotask(() => this.followPage())
  }

  disconnectedCallback() {
    connected.delete(this)
    this.#request?.abort()
    this.#request = null
    this.#failures = 0
    this.#cancelRetry()
    this.#leaveLive()
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.isConnected || name === 'theme') return
    if (name === 'live') this.#joinLive()
    else if (name === 'layout' || name === 'images') this.load()
    else if (name === 'subscribe') this.#showForm()
    else {
      this.#edition = null
      this.load()
    }
  }

  /** Takes the theme of the page. A document that the element moved into needs its own stylesheets. */
  followPage() {
    const root = this.shadowRoot
    const [style, dark] = sheetsOf(this.ownerDocument)
    root.adoptedStyleSheets = [style]
    if (isOnDark(this)) root.adoptedStyleSheets = [style, dark]
  }

  /** The value of an attribute, also as HTML reads its name in camel case; null if there is none. */
  read(name) {
    return this.getAttribute(name) ?? this.getAttribute(joined(name))
  }

  /** Sets an attribute as a property: a list, a number, true or false, or null for none. */
  write(name, value) {
    this.removeAttribute(joined(name))
    const isNone = value === null || value === undefined || (value === false && SWITCHES.includes(name))
    if (isNone) this.removeAttribute(name)
    else this.setAttribute(name, String(value))
  }

  isOn(name) {
    const value = this.read(name)
    return value !== null && value !== 'false'
  }

  get #server() {
    const server = this.read('server')
    return server ? new URL(`${server.replace(/\/+$/, '')}/`, document.baseURI).href : ORIGIN
  }

  /** The language of dates and numbers. */
  get #lang() {
    try {
      return Intl.getCanonicalLocales(this.lang)[0] ?? 'en-GB'
    } catch {
      return 'en-GB'
    }
  }

  /** The ids of the papers shown. */
  get paperIds() {
    return [...this.#votes.keys()]
  }

  setVotes(id, number) {
    this.#votes.get(id)?.show(count(number))
  }

  /** Requests the list, once for all attribute changes of a task. Aborts an earlier request. */
  async load() {
    this.#cancelRetry()
    this.#request?.abort()
    const request = new AbortController()
    this.#request = request
    await null
    if (request.signal.aborted) return
    let feed
    try {
      feed = this.#address('feeds/papers.json', this.#edition)
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(TIMEOUT)])
      const response = await fetch(feed, {
        signal,
        // A response in the browser's cache may be older than the live counts.
        cache: 'no-cache',
        credentials: 'omit',
        referrerPolicy: 'strict-origin-when-cross-origin',
      })
      if (!response.ok) throw new Error(`${feed} returned ${response.status}: ${(await response.text()).slice(0, 500)}`)
      const { title, items, home_page_url: home, _daily_papers: more } = await response.json()
      if (!Array.isArray(items)) throw new Error(`${feed} is not a JSON Feed`)
      if (request.signal.aborted) return
      this.#failures = 0
      if (this.#shown !== feed)
        for (const [field, members] of Object.entries(more?.unknown ?? {}))
          console.warn(`daily-papers: unknown ${field}: ${list(members).join(', ')}`)
      this.#show(feed, title, text(home), items, more?.edition)
    } catch (error) {
      if (request.signal.aborted) return
      console.warn('daily-papers:', error.message)
      this.#scheduleRetry()
      // Keep the same list if it only failed to refresh; never show a different one.
      if (this.#shown !== feed) this.#showFallback()
    }
  }

  /** Retries when the page is visible again, the network is back, or a timer ends: half a minute, doubled each time. */
  #scheduleRetry() {
    failed.add(this)
    this.#failures += 1
    if (this.#failures > MAX_RETRIES) return
    this.#retry = setTimeout(() => document.hidden || this.load(), 15_000 * 2 ** this.#failures)
  }

  #cancelRetry() {
    failed.delete(this)
    clearTimeout(this.#retry)
  }

  #go(edition) {
    this.#edition = edition
    this.load()
  }

  /** An address with the parameters of the list. */
  #address(path, edition) {
    const feed = new URL(path, this.#server)
    for (const field of FIELDS) {
      const value = this.read(field)
      if (value === null) continue
      const name = camelCase(field)
      // `has-code` without a value means true, as in HTML.
      const isBare = value === '' && field.startsWith('has-')
      if (value !== '' || isBare) feed.searchParams.set(name, isBare ? 'true' : value)
    }
    if (edition) feed.searchParams.set('edition', edition)
    return feed.href
  }

  /** Shows a list. If it is unchanged, the DOM stays, so that selection and focus are kept. */
  #show(feed, title, home, items, edition) {
    this.#shown = feed
    const votes = new Map()
    const look = this.#look(items)
    const lines = items.map((item) => makeItem(item, votes, !edition?.isDay, this.#lang, look))
    const source = make('p', 'source', link(this.#server, 'Daily Papers'))
    source.firstChild.prepend(makeMark())
    // The page of the list shows more papers than fit here.
    if (lines.length > 0 && URL.canParse(home)) {
      const all = new URL(home)
      all.searchParams.delete('first')
      source.append(link(all, 'See all'))
    }
    const root = document.createDocumentFragment()
    if (this.isOn('heading')) root.append(this.#makeHeading(title))
    if (edition) root.append(makeEdition(edition, (name) => this.#go(name)))
    root.append(
      lines.length > 0
        ? makeList('ol', `list ${look.layout}`.trim(), 'Papers', lines)
        : make('p', 'none', 'There are no papers here yet.'),
      source,
    )
    for (const item of items) this.setVotes(item?._daily_papers?.id, item?._daily_papers?.voteCount)
    const present = [...this.shadowRoot.children].filter((part) => part !== this.#form)
    if (present.length !== root.children.length || present.some((part, n) => !part.isEqualNode(root.children[n]))) {
      const { href: focused, ariaLabel } = this.shadowRoot.activeElement ?? {}
      this.#votes = votes
      for (const part of present) part.remove()
      this.shadowRoot.prepend(root)
      const links = [...this.shadowRoot.querySelectorAll('a')]
      if (ariaLabel)
        for (const step of this.shadowRoot.querySelectorAll('.step')) if (step.ariaLabel === ariaLabel) step.focus()
      if (focused) links.find(({ href }) => href === focused)?.focus({ preventScroll: true })
    }
    this.#showForm()
    this.#joinLive()
  }

  /** How the papers look. If none has a thumbnail, there is no place for one. */
  #look(items) {
    const layout = /^(cards|compact)$/i.exec(this.read('layout') ?? '')?.[0].toLowerCase() ?? ''
    const hasPictures = layout !== 'compact' && !/^(off|false)$/i.test(this.read('images') ?? '')
    return { layout, hasPictures, hasThumbs: hasPictures && items.some((item) => item?._daily_papers?.thumbnail) }
  }

  /** A heading with the attribute's text, or the title of the list. */
  #makeHeading(title) {
    const given = this.read('heading')
    const level = /^[1-6]$/.exec(this.read('heading-level') ?? '') ?? 2
    const shown = given === '' || given === 'true' ? text(title).replace(/^Daily Papers: /, '') : given
    return make(`h${level}`, 'heading', make('span', '', shown))
  }

  /** Shows the form below the list, if there is one. */
  #showForm() {
    if (!this.isOn('subscribe')) this.#form.remove()
    else if (this.#shown !== '' && this.#form.parentNode === null) this.shadowRoot.append(this.#form)
  }

  #showFallback() {
    this.#shown = ''
    this.#votes = new Map()
    this.shadowRoot.replaceChildren(document.createElement('slot'))
    this.#leaveLive()
  }

  #joinLive() {
    const live = this.isOn('live') && this.#votes.size > 0 ? liveOf(this.#server) : null
    if (live !== this.#live) this.#leaveLive()
    this.#live = live
    live?.join(this)
  }

  #leaveLive() {
    this.#live?.leave(this)
    this.#live = null
  }
}

// React sets a property only under the name that is written, `has-code` too.
for (const attribute of ATTRIBUTES)
  for (const name of [attribute, camelCase(attribute)])
    Object.defineProperty(DailyPapers.prototype, name, {
      configurable: true,
      get() {
        return SWITCHES.includes(attribute) ? this.isOn(attribute) : this.read(attribute)
      },
      set(value) {
        this.write(attribute, value)
      },
    })

/** The elements on the page. */
const connected = new Set()
const followPage = () => {
  for (const element of connected) element.followPage()
}

/** The elements whose list failed to load. */
const failed = new Set()
const retry = () => {
  if (!document.hidden) for (const element of [...failed]) element.load()
}

/** Live vote counts of all elements of a server over one connection: browsers open at most six per server. */
class Live {
  elements = new Set()
  source = null
  subscribed = ''
  retry = 0

  constructor(server) {
    this.server = server
  }

  join(element) {
    this.elements.add(element)
    this.update()
  }

  leave(element) {
    if (this.elements.delete(element)) this.update()
  }

  /** Subscribes to the papers shown now, or to none while the page is hidden. */
  update() {
    const ids = document.hidden ? [] : [...new Set([...this.elements].flatMap((element) => element.paperIds))]
    const subscribed = JSON.stringify({ ids: ids.slice(0, MAX_LIVE) })
    if (subscribed === this.subscribed && (this.source || this.retry || ids.length === 0)) return
    this.close()
    this.subscribed = subscribed
    if (ids.length === 0) return
    const url = new URL('graphql', this.server)
    url.search = new URLSearchParams({ documentId: SUBSCRIPTION, variables: subscribed })
    const source = new EventSource(url)
    this.source = source
    source.addEventListener('next', ({ data }) => this.receive(data))
    // The stream ended. Reload the feed for missed votes, after a random delay that spares a restarting server.
    source.addEventListener('complete', () => this.reconnectLater())
    source.addEventListener('error', () => this.reconnectLater())
  }

  receive(data) {
    const { data: result, errors } = JSON.parse(data)
    if (errors) this.reconnectLater()
    else
      for (const element of this.elements)
        element.setVotes(result.voteCountChanged.id, result.voteCountChanged.voteCount)
  }

  reconnectLater() {
    this.close()
    this.retry = setTimeout(() => this.refresh(), 5_000 + Math.random() * 25_000)
  }

  refresh() {
    this.close()
    for (const element of this.elements) element.load()
    this.update()
  }

  close() {
    clearTimeout(this.retry)
    this.retry = 0
    this.source?.close()
    this.source = null
  }
}

const lives = new Map()
function liveOf(server) {
  if (!lives.has(server)) lives.set(server, new Live(server))
  return lives.get(server)
}

// If a page loads this file twice, or in two versions, the first one wins.
if (!customElements.get('daily-papers')) {
  customElements.define('daily-papers', DailyPapers)
  document.addEventListener('visibilitychange', () => {
    for (const live of lives.values())
      if (document.hidden) live.update()
      else live.refresh()
    retry()
  })
  addEventListener('online', retry)
  // A page changes its theme by a class or an attribute of its root or body, or with the system.
  const observer = new MutationObserver(followPage)
  for (const node of [document.documentElement, document.body]) if (node) observer.observe(node, { attributes: true })
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', followPage)
  document.addEventListener('transitionend', ({ propertyName }) => {
    if (propertyName === 'background-color') followPage()
  })
}
