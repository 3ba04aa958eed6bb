/**
 * The one stylesheet of all pages: system fonts, one accent, a scale of type in steps of a sixth. Both themes meet WCAG AA: text
 * 15:1, muted text 5.5:1, links 5.4:1 at least. `color-scheme` selects the half of `light-dark()`, so one line for `data-theme`
 * changes the theme of a page. `.embed` is what frames show; the custom element (`src/http/routes/assets/embed.js`) copies it in
 * its own stylesheet, and `embed-height.ts` has its sizes. `.page` is this site. Each font of formulas has the sign of the root:
 * Chromium leaves it out if the first font that is there does not.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1d1b18, #ece9e4);
  --muted: light-dark(#645e56, #a8a29a);
  --accent: light-dark(#b5391f, #ff9d80);
  --line: light-dark(#e6e1da, #34312c);
  --ground: light-dark(#ffffff, #171614);
  --shade: light-dark(#f8f5f1, #211f1c);
  --mark: light-dark(#ffe9b8, #5c4a1c);
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, Georgia, "Noto Serif", "Liberation Serif", serif;
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
  text-size-adjust: 100%;
}
:root[data-theme=light] { color-scheme: light }
:root[data-theme=dark] { color-scheme: dark }
* { box-sizing: border-box }
body { margin: 0; color: var(--text); background: var(--ground); overflow-wrap: break-word }
h1, h2, h3, p, ol, ul, dl, dd, figure { margin: 0; padding: 0 }
h1, h2, h3 { line-height: 1.25; text-wrap: balance }
ol, ul { list-style: none }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: 1px }
a:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 2px }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

.papers { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); column-gap: 3rem }
.paper { display: grid; align-content: start; grid-template: repeat(5, auto) 1fr / minmax(clamp(2.25rem, 9%, 2.75rem), max-content) minmax(0, 1fr); column-gap: .75rem; padding: 1rem 0; border-top: 1px solid var(--line) }
.paper:has(> .thumb) { grid-template-columns: minmax(clamp(2.25rem, 9%, 2.75rem), max-content) minmax(0, 1fr) clamp(0rem, (100% - 20rem) * 999, min(22%, 9rem)) }
.paper > * { grid-column: 2 }
.paper .votes { grid-column: 1; grid-row: 1 / span 6; color: var(--accent); text-align: center; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums }
.paper .zero { color: var(--muted) }
.votes > span { display: block; color: var(--muted); font-size: .75rem; font-weight: 400 }
.paper .title { margin: 0; font-size: 1.0625rem; font-weight: 600; letter-spacing: 0; text-wrap: pretty }
.paper .title a { color: inherit; text-decoration: none; display: -webkit-box; width: fit-content; max-width: 100%; -webkit-box-orient: vertical; -webkit-line-clamp: 8; overflow: hidden }
.paper .title a:hover { color: var(--accent); text-decoration: underline }
.paper .authors { margin-top: .2rem; font-size: .9375rem }
.thumb { display: block; aspect-ratio: 40 / 21; overflow: hidden; outline: 1px solid color-mix(in srgb, var(--muted) 22%, transparent); outline-offset: -1px; border-radius: 6px; background: color-mix(in srgb, var(--muted) 12%, transparent) }
.thumb img { display: block; width: 100%; height: 100%; object-fit: cover }
.thumb:empty { --color: color-mix(in srgb, var(--muted) 40%, transparent); --bar: linear-gradient(var(--color) 0 0) no-repeat; background: var(--bar) 50% 36% / 34% 16%, var(--bar) 50% 60% / 34% 4%, var(--bar) 50% 69% / 34% 4%, color-mix(in srgb, var(--muted) 12%, transparent) }
.paper > :is(.title, .facts, .topics) { grid-column: 2 / -1 }
.paper > .thumb { grid-column: 3; grid-row: 2 / span 2; align-self: start; margin-top: .4rem }
.avatar, .logo { width: 1.25em; height: 1.25em; border-radius: 50%; object-fit: cover; vertical-align: -.25em; background: var(--shade) }
.logo { border-radius: 3px }
.passage { margin-top: .25rem; font-size: .9375rem; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden }
.facts, .topics { margin-top: .2rem; color: var(--muted); font-size: .875rem }
/* The sign between two facts stands before the second one. Before the first fact of a line it is outside, and cut off. */
.facts { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: 1em; clip-path: inset(-5px) }
.facts > * { position: relative; max-width: 100% }
.facts > :not(:first-child)::before { position: absolute; inset-inline-start: -.66em; content: "·"; content: "·" / "" }
.paper .facts a { color: inherit; text-decoration-color: color-mix(in srgb, currentColor 45%, transparent) }
.paper .facts a:hover { color: var(--accent); text-decoration-color: currentColor }
.topics { display: flex; flex-wrap: wrap; gap: 0 .35em; height: 1.5em; overflow: hidden }
.topics > li { max-width: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.topics > :not(:first-child)::before { content: "·\\a0"; content: "·\\a0" / "" }
.papers.cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.25rem }
.cards > .paper, .cards > .paper:has(> .thumb) { grid-template: repeat(6, auto) 1fr / minmax(3rem, max-content) minmax(0, 1fr); column-gap: 0; padding: .875rem .875rem .875rem 0; overflow: hidden; border: 1px solid var(--line); border-radius: 10px }
.cards > .paper:has(> .thumb) { padding-top: 0 }
.cards > .paper > .thumb { grid-column: 1 / -1; grid-row: 1; margin: 0 -.875rem .75rem 0; outline: 0; border-radius: 0; border-bottom: 1px solid var(--line) }
.cards > .paper > .title { grid-row: 2 }
.cards > .paper > .votes { grid-row: 2 / span 6 }
.cards .passage { -webkit-line-clamp: 4 }
.compact > .paper { padding: .5rem 0 }
time { white-space: nowrap }
math { font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", "Noto Sans Math", "DejaVu Sans", "Liberation Serif", "Times New Roman", Roboto, math; font-weight: 400 }
.none { padding: 1.5rem 0; color: var(--muted) }
.steps { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; justify-content: space-between }

.embed { padding: .75rem 1rem 1rem }
.embed > header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; padding-bottom: .75rem }
.embed h1 { font-size: 1rem }
.embed .steps { padding-bottom: .75rem; font-size: .875rem }
.embed footer { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; padding-top: .75rem; border-top: 1px solid var(--line); font-size: .875rem }
.embed footer a { color: var(--muted) }
.embed footer .name { margin-right: auto; display: flex; gap: .45rem; align-items: center; color: var(--text); font-weight: 600; text-decoration: none }
.embed footer a:hover { color: var(--accent); text-decoration: underline }
.embed .mark { width: 1.125rem; height: 1.125rem }
.embed .cards { margin-bottom: 1.25rem }

.page { max-width: 70rem; margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2rem) 3rem }
.page a:not(.name, h1 a, h2 a, .title a, .brief a, .chips a, .topics a, .calendar a, .tabs a) { text-decoration: underline; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent) }
.page .paper .authors a { color: inherit; text-decoration-color: var(--line) !important }
.page a:hover { text-decoration: underline !important; text-decoration-color: currentColor !important }
.page .skip { position: absolute; left: -100vw; z-index: 1; padding: .5rem 1rem; background: var(--ground) }
.page .skip:focus { left: 1rem; top: .5rem }
.masthead { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: 1rem 0; border-bottom: 1px solid var(--line) }
.masthead .name { display: flex; gap: .55rem; align-items: center; color: inherit; font: 700 1.1875rem/1.5 var(--serif); letter-spacing: -.01em; text-decoration: none }
.mark { width: 1.625rem; height: 1.625rem; flex: none }
.masthead nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem; font-size: .9375rem }
.masthead nav a { padding: .3rem 0; color: var(--muted); text-decoration: none !important }
.search { display: flex; flex: 1 1 14rem; min-width: 0; max-width: 24rem; margin-left: auto }
.search input { flex: 1; width: 100%; min-width: 0; min-height: 2.5rem; padding: .375rem .75rem; border: 1px solid var(--line); border-right: 0; border-radius: 8px 0 0 8px; color: var(--text); background: var(--shade); font: inherit; font-size: .9375rem }
.search input::placeholder { color: var(--muted); opacity: 1 }
.search button { min-height: 2.5rem; padding: .375rem .875rem; border: 1px solid var(--line); border-radius: 0 8px 8px 0; color: var(--muted); background: var(--shade); font: inherit; font-size: .9375rem; cursor: pointer }
.search :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
.page main { padding-top: 2rem }
.page h1 { font: 700 clamp(1.625rem, 1.2rem + 2.2vw, 2.5rem)/1.15 var(--serif); letter-spacing: -.018em }
.page h1 a, .page h2 a { color: inherit; text-decoration: none }
.page h2 { margin: 2.5rem 0 .75rem; font: 700 1.3125rem/1.25 var(--serif); letter-spacing: -.01em }
.page h3 { margin: 1.5rem 0 .5rem; font-size: 1rem }
.page aside h2 { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: 1.125rem }
.page aside > h2:first-child { margin-top: 0; padding-top: 0; border-top: 0 }
.kicker { margin-bottom: .375rem; color: var(--accent); font-size: .8125rem; font-weight: 700; letter-spacing: .06em; text-transform: uppercase }
.kicker a { color: inherit }
.page .lead { margin-top: .75rem; max-width: 44rem; font-size: 1.125rem; color: var(--muted); text-wrap: pretty }
.columns > * { min-width: 0 }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2.5rem 4rem; align-items: start }
.page .papers { grid-template-columns: minmax(0, 1fr); margin-top: 1.25rem; border-bottom: 1px solid var(--line) }
.page :is(.papers, .compact) > .paper { grid-template-columns: minmax(3.25rem, max-content) minmax(0, 1fr); column-gap: 1.125rem; padding: 1.25rem 0 }
.page .paper:has(> .thumb) { grid-template-columns: minmax(3.25rem, max-content) minmax(0, 1fr) clamp(0rem, (100% - 20rem) * 999, min(24%, 10rem)) }
.page .list > .paper > .thumb { grid-row: 1 / span 6; margin-top: .2rem }
.page .list > .paper:has(> .thumb) > :is(.title, .facts, .topics) { grid-column: 2 }
.page .paper .votes { padding-top: .05rem; font-size: 1.125rem }
.page .paper .title { font: 650 1.1875rem/1.3 var(--serif); letter-spacing: -.005em }
.page .paper .authors { margin-top: .3rem }
.page .passage { margin-top: .35rem; color: var(--muted) }
.page h1 :is(.avatar, .logo) { width: 1.1em; height: 1.1em; margin-right: .2em; vertical-align: -.15em }
.page aside > .thumb { margin-bottom: 1.5rem; border: 1px solid var(--line) }
.page .papers.cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); border-bottom: 0 }
.page .cards > .paper { grid-template-columns: minmax(3.75rem, max-content) minmax(0, 1fr) !important; column-gap: 0; padding: .875rem .875rem .875rem 0 }
.page .cards > .paper:has(> .thumb) { padding-top: 0 }
.page .cards > .paper .votes { grid-row: 2 / span 6 }
.page .papers.compact > .paper { padding: .6rem 0 }
mark { padding: 0 .1em; border-radius: 2px; color: var(--text); background: var(--mark) }
.page .topics, .chips { display: flex; flex-wrap: wrap; gap: .375rem; margin-top: .6rem }
.page .topics { height: 1.6875rem }
.page .topics > li::before { content: none }
.page .topics a, .chips li { display: inline-block; padding: .125rem .625rem; border-radius: 1rem; color: var(--muted); background: var(--shade); font-size: .8125rem; text-decoration: none }
.chips li { font-size: .875rem }
.chips li, .page .topics a { max-width: 100%; overflow-wrap: anywhere }
.chips a { color: var(--text); text-decoration: none }
.count { color: var(--muted); font-size: .8125rem; font-variant-numeric: tabular-nums }
.brief li { padding: .5rem 0; font-size: .9375rem; line-height: 1.35 }
.brief a { color: inherit; font-weight: 600; text-decoration: none }
.brief .count { display: block; margin-top: .1rem }
.calendar { border-collapse: collapse; width: 100%; max-width: 19rem; font-size: .875rem; font-variant-numeric: tabular-nums }
.calendar caption { padding-bottom: .375rem; font: 700 1.125rem/1.5 var(--serif); text-align: left }
.calendar caption a { color: inherit; text-decoration: none }
.calendar th { padding: .25rem 0; color: var(--muted); font-weight: 400; font-size: .75rem }
.calendar abbr { text-decoration: none }
.calendar td { width: 14.28%; padding: 1px; color: var(--muted); text-align: center; line-height: 2rem }
.calendar td a { display: block; border-radius: 6px; color: var(--text); background: var(--shade); font-weight: 600; text-decoration: none }
.calendar td a[aria-current] { color: var(--ground); background: var(--accent) }
.calendars { display: flex; flex-wrap: wrap; align-items: start; gap: 2rem 3rem; margin-top: 2rem }
.calendars table { flex: 1 1 15rem }
.page .steps { margin-top: 1.25rem; font-size: .9375rem }
.tabs { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1.5rem; border-bottom: 1px solid var(--line) }
.tabs a { margin-bottom: -1px; padding: .375rem 0; border-bottom: 2px solid transparent; color: var(--muted); text-decoration: none }
.tabs a[aria-current] { border-color: var(--accent); color: var(--text); font-weight: 600 }
.views { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-top: 1.5rem; border-bottom: 1px solid var(--line) }
.views .tabs { display: contents }
.views .layouts { display: flex; margin: 0 0 0 auto; border: 0 }
.views + .papers { margin-top: 0; border-top: 0 }
.views + .cards { margin-top: 1.25rem }
.page .papers:not(.cards) > :first-child { border-top: 0 }
.directory { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: .25rem 2rem; margin-top: 1.25rem }
.directory li, .facets li { display: flex; gap: .75rem; justify-content: space-between; align-items: baseline; padding: .25rem 0; min-width: 0 }
.directory a, .facets a { min-width: 0; overflow-wrap: anywhere }
.facets a { color: inherit }
.facets [aria-current] { font-weight: 700 }
.onward { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; margin-top: 1.5rem }
.all { margin-top: 1rem }
.page section > p { max-width: 52rem }
.page section > p + p, .page section > p + ul, .page section > p + dl, .page pre + p, .details + p, .take ul { margin-top: .75rem }
.page > footer { display: flex; flex-wrap: wrap; gap: .75rem 2rem; justify-content: space-between; margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--muted); font-size: .875rem }
.page > footer nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem }
.page > footer a { color: inherit }
.byline { margin-top: 1rem; max-width: 52rem; font-size: 1.0625rem }
.page article > .facts { margin-top: .5rem; font-size: .9375rem }
.page article > .facts strong { color: var(--text) }
.page article > .links { margin-top: 1.25rem }
.page article > .links a { display: inline-block; padding: .375rem .875rem; border: 1px solid var(--line); border-radius: 8px; color: var(--text); text-decoration: none !important; font-size: .9375rem }
.page article > .columns { margin-top: 2rem }
.page article .columns section:first-child h2 { margin-top: 0 }
.page article h1 { max-width: 56rem; font-size: clamp(1.5rem, 1.2rem + 1.6vw, 2.125rem) }
.page article .columns .lead { margin: 0 0 2rem; padding-left: 1rem; border-left: 3px solid var(--accent); color: var(--text) }
.page .abstract { max-width: 44rem; font-size: 1.0625rem; line-height: 1.65; white-space: pre-line; text-wrap: pretty }
.links { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem }
article > .links { gap: .5rem }
.details { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: .5rem 1.25rem; font-size: .9375rem }
.details dt { color: var(--muted) }
.curve svg { display: block; width: 100%; height: 4.5rem }
.curve .area { fill: var(--accent); fill-opacity: .14 }
.curve .line { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke }
.curve figcaption { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; margin-top: .375rem; color: var(--muted); font-size: .8125rem }
pre { margin: .5rem 0 0; padding: .875rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--shade); border-radius: 8px; font-size: .8125rem; line-height: 1.6 }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
p code, dd code { font-size: .875em }
pre code { -webkit-user-select: all; user-select: all }
form.actions + p { margin-top: 1.25rem }
form.actions { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end; margin-top: 1.25rem }
.actions label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .25rem; color: var(--muted); font-size: .875rem }
.actions input:not([type=hidden]), .actions select, .actions button { width: 100%; min-width: 0; min-height: 2.75rem; padding: .5rem .875rem; border: 1px solid var(--muted); border-radius: 8px; color: var(--text); background: var(--ground); font: inherit; font-size: 1rem }
.actions button { width: auto }
.actions > :has([type=email]) { flex: 1 1 min(100%, 15rem); max-width: 24rem }
.actions [aria-invalid] { border-color: var(--accent) !important; border-width: 2px !important }
.actions .problem { margin-top: .375rem; padding: 0; color: var(--text); background: none; font-size: .875rem }
.actions button { cursor: pointer; font-weight: 600 }
.actions .main { border-color: var(--accent); color: var(--ground); background: var(--accent) }
.actions :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.composer { display: grid !important; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13rem), 1fr)) }
.problem { margin-top: 1.5rem; padding: .75rem 1rem; background: var(--shade); border-radius: 8px }
@media (min-width: 56rem) {
  .columns { grid-template-columns: minmax(0, 1fr) 18.5rem }
  .columns.even { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 3rem }
}
@media (max-width: 36rem) {
  .page .list > .paper > .thumb { grid-row: 2 / span 2; margin-top: .4rem }
  .page .list > .paper:has(> .thumb) > :is(.title, .facts, .topics) { grid-column: 2 / -1 }
}
@media (max-width: 44rem) { .search { flex-basis: 100%; max-width: none } }
@media (max-width: 24rem) {
  .embed { padding-inline: .75rem }
  .page .papers > .paper { grid-template-columns: minmax(2.75rem, max-content) minmax(0, 1fr); column-gap: .75rem }
  .page .paper:has(> .thumb) { grid-template-columns: minmax(2.75rem, max-content) minmax(0, 1fr) clamp(0rem, (100% - 20rem) * 999, 24%) }
  .details { grid-template-columns: minmax(0, 1fr); gap: 0 }
  .details dd { margin-bottom: .625rem }
}
@media (forced-colors: active) {
  .calendar td a { outline: 1px solid LinkText }
}
@media print {
  .masthead nav, .search, .skip, .steps, .tabs, .views, .page aside form, .take, .page > footer, .calendar { display: none }
  .paper, .curve, pre { break-inside: avoid }
  h1, h2, h3 { break-after: avoid }
}
`
