// <daily-papers topics="agents" first="5" order-by="TRENDING" theme="auto" live>Shown until the papers are there</daily-papers>
//
// A list of papers on any page, from the server that this file came from. Attributes are the parameters of the server's
// feeds with hyphens (`published-from` for `publishedFrom`), `theme` (auto, light, dark) and `live`. Without `first` there
// are as many papers as in a feed.
//
// Served as it is and pinned by pages with its hash. Before a change that comes after a release, copy this file to
// `embed-<hash>.js` beside it, with the hash that its versioned address has: pages that pin it then go on as before.

const FIELDS =
  `topics all-topics exclude-topics organizations authors submitters published-from published-to listed-from
  listed-to min-votes min-comments has-code has-project-page query order-by first`.split(/\s+/)
const SHOWN_AUTHORS = 3
const SHOWN_TOPICS = 4
/** How long the server may take to answer, in milliseconds. */
const PATIENCE = 8_000
/** How many papers one subscription may have. */
const MAX_LIVE = 100
/** How often a list that could not be had is asked for again though nothing happened. */
const MAX_RETRIES = 6
/** What is subscribed to, by the id of its document: EMBED_SUBSCRIPTION in `own-documents.ts`. */
const SUBSCRIPTION = 'sha256:2b431811a9a8d7dd991c4c87e226324fbeebe0d80d516bb134721e20db792555'

/** An address of the server, which may live below a path. */
const address = (path) => new URL(path, import.meta.url)

const STYLE = `
/* Nothing of the page's own text settings; but where it hides what the element is in, that is hidden. */
:host { all: initial; visibility: inherit; pointer-events: inherit; display: block; min-width: 0; color-scheme: light dark;
  --text: var(--daily-papers-text, light-dark(#1a1d21, #e6e8eb));
  --muted: var(--daily-papers-muted, light-dark(#5b626c, #9aa3ae));
  --accent: var(--daily-papers-accent, light-dark(#1f5fae, #86b6f2));
  --line: var(--daily-papers-line, light-dark(#e4e7eb, #2a2f36));
  color: var(--text); background: var(--daily-papers-background, light-dark(#fff, #14171a));
  font: var(--daily-papers-font, 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif);
  overflow-wrap: break-word }
:host([hidden]) { display: none }
:host([theme=light i]) { color-scheme: light }
:host([theme=dark i]) { color-scheme: dark }
* { box-sizing: border-box; margin: 0; padding: 0 }
ol, ul { list-style: none }
ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30em), 1fr)); column-gap: 3em; padding-inline: var(--daily-papers-inset, 1em);
  /* Without the line above the first row. */ clip-path: inset(1px -1em -1em) }
.item { display: grid; align-content: start; grid-template-columns: clamp(2.25em, 9%, 2.75em) minmax(0, 1fr); column-gap: .75em; padding-block: 1em; border-top: 1px solid var(--line) }
.item > * { grid-column: 2 }
.item .votes { grid-column: 1; grid-row: 1 / span 6; text-align: center; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums }
.votes::before { content: ""; display: block; width: 0; margin: .35em auto .3em; border: solid transparent; border-width: 0 .36em .5em; border-bottom-color: var(--accent) }
.title { font-size: 1.0625em; font-weight: 600; line-height: 1.25; text-wrap: pretty }
a { color: inherit; text-decoration: none; text-underline-offset: .18em }
.title a { display: -webkit-box; width: fit-content; max-width: 100%; -webkit-box-orient: vertical; -webkit-line-clamp: 8; overflow: hidden }
a:hover { color: var(--accent); text-decoration: underline }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px }
.authors { margin-top: .2em; font-size: .9375em }
.facts, .topics { margin-top: .2em; color: var(--muted); font-size: .875em }
.topics > li { display: inline }
.topics > :not(:last-child)::after { content: "\\a0· "; content: "\\a0· " / "" }
time { white-space: nowrap }
.none, .source { margin-inline: var(--daily-papers-inset, 1em); padding-block: .75em; color: var(--muted) }
.source { border-top: 1px solid var(--line) }
.source a { color: var(--accent); font-size: .875em; text-decoration: underline }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
@media (forced-colors: active) { .votes::before { border-bottom-color: CanvasText } }
`
// One sheet for all elements of the page, made without a <style> element, which a page's own security policy may forbid.
const sheet = new CSSStyleSheet()
sheet.replaceSync(STYLE)
/** For a page that says itself whether it is light or dark. */
const inheriting = new CSSStyleSheet()
inheriting.replaceSync(':host { color-scheme: inherit }')

/** Elements with their texts; nothing that came from the server is ever anything but text. */
function make(tag, name, ...children) {
  const element = document.createElement(tag)
  if (name) element.className = element.part = name
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''))
  return element
}

const text = (value) => (typeof value === 'string' ? value : '')
const count = (value) => (Number.isSafeInteger(value) ? value : 0)
const list = (value) => (Array.isArray(value) ? value : [])
const counted = (number, what) => `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`

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

/** A list of its own, and a list to those who hear it too. */
function makeList(tag, name, label, items) {
  const element = make(tag, name, ...items)
  element.setAttribute('role', 'list')
  element.setAttribute('aria-label', label)
  return element
}

function makeAuthors(authors) {
  const names = authors.map((author) => text(author?.name)).filter(Boolean)
  const line = make('p', 'authors')
  for (const [place, name] of names.slice(0, SHOWN_AUTHORS).entries())
    line.append(place > 0 ? ', ' : '', make('bdi', '', name))
  if (names.length > SHOWN_AUTHORS) line.append(` and ${(names.length - SHOWN_AUTHORS).toLocaleString('en')} more`)
  return line
}

function makeDate(moment) {
  const day = new Date(`${text(moment).slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(day.getTime())) return null
  const date = make('time', 'date', day.toLocaleDateString('en-GB', { dateStyle: 'medium', timeZone: 'UTC' }))
  date.dateTime = day.toISOString().slice(0, 10)
  return date
}

function makeVotes(number) {
  const votes = make('p', 'votes')
  let shown
  votes.show = (now) => {
    if (now === shown) return
    shown = now
    votes.replaceChildren(now.toLocaleString('en'), make('span', 'hidden', now === 1 ? ' vote' : ' votes'))
  }
  votes.show(number)
  return votes
}

function makeItem(item, votesById) {
  const more = item?._daily_papers ?? {}
  const title = make('p', 'title', link(text(item?.url), text(item?.title)))
  title.dir = 'auto'
  const votes = makeVotes(count(more.voteCount))
  if (text(more.id)) votesById.set(more.id, votes)
  const organization = text(more.organization) ? make('bdi', 'organization', more.organization) : null
  const said = count(more.commentCount)
  const comments = said > 0 ? make('span', 'comments', counted(said, 'comment')) : null
  const facts = make('p', 'facts')
  for (const fact of [organization, comments, makeDate(more.listedOn ?? item?.date_published)].filter(Boolean))
    facts.append(facts.hasChildNodes() ? '\u00a0· ' : '', fact)
  const topics = list(item?.tags).map(text).filter(Boolean).slice(0, SHOWN_TOPICS)
  return make(
    'li',
    'item',
    title,
    votes,
    makeAuthors(list(item?.authors)),
    facts,
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

class DailyPapers extends HTMLElement {
  static observedAttributes = [...FIELDS, 'live']

  #asked = null
  #shown = ''
  #votes = new Map()
  #failures = 0
  #retry = 0

  constructor() {
    super()
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet]
    this.#showFallback()
  }

  connectedCallback() {
    const { colorScheme } = getComputedStyle(this.parentElement ?? document.documentElement)
    this.shadowRoot.adoptedStyleSheets = colorScheme === 'normal' ? [sheet] : [sheet, inheriting]
    this.load()
  }

  disconnectedCallback() {
    this.#asked?.abort()
    this.#asked = null
    this.#failures = 0
    this.#settle()
    live.leave(this)
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.isConnected) return
    if (name === 'live') this.#joinLive()
    else this.load()
  }

  /** The ids of the papers shown. */
  get paperIds() {
    return [...this.#votes.keys()]
  }

  setVotes(id, number) {
    this.#votes.get(id)?.show(count(number))
  }

  /** Asks for the list, once for all changes of a moment. What was asked for before is not shown any more. */
  async load() {
    this.#settle()
    this.#asked?.abort()
    const asked = new AbortController()
    this.#asked = asked
    await null
    if (asked.signal.aborted) return
    const feed = this.#address()
    try {
      const signal = AbortSignal.any([asked.signal, AbortSignal.timeout(PATIENCE)])
      const response = await fetch(feed, {
        signal,
        // What the browser has kept may be older than the counts that came live.
        cache: 'no-cache',
        credentials: 'omit',
        referrerPolicy: 'strict-origin-when-cross-origin',
      })
      if (!response.ok) throw new Error(`${feed} answered ${response.status}: ${(await response.text()).slice(0, 500)}`)
      const { items } = await response.json()
      if (!Array.isArray(items)) throw new Error(`${feed} is no JSON Feed`)
      if (asked.signal.aborted) return
      this.#failures = 0
      this.#show(feed, items)
    } catch (error) {
      if (asked.signal.aborted) return
      console.warn('daily-papers:', error.message)
      this.#tryAgainLater()
      // A list that could not be renewed is better than none; another list is not.
      if (this.#shown !== feed) this.#showFallback()
    }
  }

  /** When somebody looks again, the network is back, or time has passed: half a minute, then twice as long each time. */
  #tryAgainLater() {
    lacking.add(this)
    this.#failures += 1
    if (this.#failures > MAX_RETRIES) return
    this.#retry = setTimeout(() => document.hidden || this.load(), 15_000 * 2 ** this.#failures)
  }

  #settle() {
    lacking.delete(this)
    clearTimeout(this.#retry)
  }

  #address() {
    const feed = address('feeds/papers.json')
    for (const field of FIELDS) {
      const value = this.getAttribute(field)
      if (value === null) continue
      const name = field.replace(/-(.)/g, (_, letter) => letter.toUpperCase())
      // `has-code` alone is true, as such attributes are.
      const isBare = value === '' && field.startsWith('has-')
      if (value !== '' || isBare) feed.searchParams.set(name, isBare ? 'true' : value)
    }
    return feed.href
  }

  /** Shows a list. Where it is the one that is there, nobody loses what they have selected, or their place in it. */
  #show(feed, items) {
    this.#shown = feed
    const votes = new Map()
    const lines = items.map((item) => makeItem(item, votes))
    const source = make('p', 'source', link(address('./').href, 'Daily Papers'))
    const root = document.createDocumentFragment()
    root.append(
      lines.length > 0 ? makeList('ol', 'list', 'Papers', lines) : make('p', 'none', 'There are no papers here yet.'),
      source,
    )
    for (const item of items) this.setVotes(item?._daily_papers?.id, item?._daily_papers?.voteCount)
    const present = [...this.shadowRoot.children]
    if (present.length !== root.children.length || present.some((part, n) => !part.isEqualNode(root.children[n]))) {
      const focused = this.shadowRoot.activeElement?.href
      this.#votes = votes
      this.shadowRoot.replaceChildren(root)
      const links = [...this.shadowRoot.querySelectorAll('a')]
      if (focused) links.find(({ href }) => href === focused)?.focus({ preventScroll: true })
    }
    this.#joinLive()
  }

  #showFallback() {
    this.#shown = ''
    this.#votes = new Map()
    this.shadowRoot.replaceChildren(document.createElement('slot'))
    live.leave(this)
  }

  #joinLive() {
    if (this.hasAttribute('live') && this.#votes.size > 0) live.join(this)
    else live.leave(this)
  }
}

/** The elements whose list could not be had. */
const lacking = new Set()
const retry = () => {
  if (!document.hidden) for (const element of [...lacking]) element.load()
}

/** The vote counts of all elements of the page, over one connection: browsers have but six for a server. */
const live = {
  elements: new Set(),
  source: null,
  subscribed: '',
  retry: 0,

  join(element) {
    this.elements.add(element)
    this.update()
  },

  leave(element) {
    if (this.elements.delete(element)) this.update()
  },

  /** Subscribes to what is shown now; to nothing while nobody looks at the page. */
  update() {
    const ids = document.hidden ? [] : [...new Set([...this.elements].flatMap((element) => element.paperIds))]
    const subscribed = JSON.stringify({ ids: ids.slice(0, MAX_LIVE) })
    if (subscribed === this.subscribed && (this.source || this.retry || ids.length === 0)) return
    this.close()
    this.subscribed = subscribed
    if (ids.length === 0) return
    const url = address('graphql')
    url.search = new URLSearchParams({ documentId: SUBSCRIPTION, variables: subscribed })
    const source = new EventSource(url)
    this.source = source
    source.addEventListener('next', ({ data }) => this.hear(data))
    // The stream was ended or cut off. What happened meanwhile is in the feed; a server that starts is not stormed.
    source.addEventListener('complete', () => this.again())
    source.addEventListener('error', () => this.again())
  },

  hear(data) {
    const { data: told, errors } = JSON.parse(data)
    if (errors) this.again()
    else
      for (const element of this.elements) element.setVotes(told.voteCountChanged.id, told.voteCountChanged.voteCount)
  },

  again() {
    this.close()
    this.retry = setTimeout(() => this.renew(), 5_000 + Math.random() * 25_000)
  },

  renew() {
    this.close()
    for (const element of this.elements) element.load()
    this.update()
  },

  close() {
    clearTimeout(this.retry)
    this.retry = 0
    this.source?.close()
    this.source = null
  },
}

// A page that loads this file twice, or in two versions, keeps the first.
if (!customElements.get('daily-papers')) {
  customElements.define('daily-papers', DailyPapers)
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) live.update()
    else live.renew()
    retry()
  })
  addEventListener('online', retry)
}
