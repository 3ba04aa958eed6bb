/**
 * The one stylesheet of all pages: system fonts, one accent, no boxes. Both themes meet WCAG AA: text 15:1, muted text
 * 5.6:1, links 6:1 at least. `color-scheme` selects the half of `light-dark()`, so one line for `data-theme` changes the
 * theme of a page. The custom element (`src/http/routes/assets/embed.js`) copies this look in its own stylesheet.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --text: light-dark(#1a1d21, #e6e8eb);
  --muted: light-dark(#5b626c, #9aa3ae);
  --accent: light-dark(#1f5fae, #86b6f2);
  --line: light-dark(#e4e7eb, #2a2f36);
  --ground: light-dark(#ffffff, #14171a);
  --shade: light-dark(#f5f6f8, #1c2025);
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
.paper { display: grid; align-content: start; grid-template-columns: clamp(2.25rem, 9%, 2.75rem) minmax(0, 1fr); column-gap: .75rem; padding: 1rem 0; border-top: 1px solid var(--line) }
.paper > * { grid-column: 2 }
.paper .votes { grid-column: 1; grid-row: 1 / span 6; text-align: center; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums }
.paper .votes::before { content: ""; display: block; width: 0; margin: .35rem auto .3rem; border: solid transparent; border-width: 0 .36rem .5rem; border-bottom-color: var(--accent) }
.paper .title { margin: 0; font-size: 1.0625rem; font-weight: 600; letter-spacing: 0; text-wrap: pretty }
.paper .title a { color: inherit; text-decoration: none; display: -webkit-box; width: fit-content; max-width: 100%; -webkit-box-orient: vertical; -webkit-line-clamp: 8; overflow: hidden }
.paper .title a:hover { color: var(--accent); text-decoration: underline }
.paper .authors { margin-top: .2rem; font-size: .9375rem }
.facts, .topics { margin-top: .2rem; color: var(--muted); font-size: .875rem }
.topics > li { display: inline }
.topics > :not(:last-child)::after { content: "\\a0· "; content: "\\a0· " / "" }
time { white-space: nowrap }
.none { padding: 1.5rem 0; color: var(--muted) }

.embed { padding: .75rem 1rem 1rem }
.embed > header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: baseline; justify-content: space-between; padding-bottom: .75rem }
.embed h1 { font-size: 1rem }
.embed footer { display: flex; gap: 1rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: .875rem }
.embed .papers { margin-bottom: 0 }

.page { max-width: 46rem; margin: 0 auto; padding: 0 1.25rem 4rem }
.page > header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: 1.25rem 0 }
.page > header a { color: inherit; text-decoration: none }
.page > header a:hover { text-decoration: underline }
.page > header .name { margin-right: auto; font-weight: 700; letter-spacing: -.01em }
.page > header nav { display: flex; flex-wrap: wrap; gap: 0 1.25rem; color: var(--muted); font-size: .9375rem }
.page h1 { margin-top: 1.75rem; font-size: clamp(1.5rem, 1.1rem + 2vw, 2.125rem); letter-spacing: -.015em; text-wrap: balance }
.page h2 { margin: 3rem 0 .75rem; font-size: 1.25rem; letter-spacing: -.01em }
.page h3 { margin: 1.75rem 0 .5rem; font-size: 1rem }
.page .lead { margin-top: .75rem; font-size: 1.125rem; color: var(--muted); text-wrap: pretty }
.page .papers { margin-top: 1.25rem; border-bottom: 1px solid var(--line) }
.page section > p + p, .page section > p + ul, .page section > p + dl, .page pre + p { margin-top: .75rem }
.page footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--muted); font-size: .875rem }
.byline { margin-top: 1rem }
.page article > .links { margin-top: 1.5rem }
.page .abstract { white-space: pre-line; text-wrap: pretty }
.links, .steps { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem }
.steps { margin-top: 1.5rem; justify-content: space-between }
.details { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: .375rem 1.5rem; font-size: .9375rem }
.details dt { color: var(--muted) }
pre { margin: .75rem 0 0; padding: .875rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--shade); border-radius: 6px; font-size: .8125rem; line-height: 1.6 }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
p code, dd code { font-size: .875em }
pre code { -webkit-user-select: all; user-select: all }
form.actions + p { margin-top: 1.25rem }
form.actions { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end; margin-top: 1.5rem }
.actions label { display: grid; grid-template-columns: minmax(0, 1fr); gap: .25rem; color: var(--muted); font-size: .875rem }
.actions input:not([type=hidden]), .actions select, .actions button { min-height: 2.75rem; padding: .5rem .875rem; border: 1px solid var(--muted); border-radius: 6px; color: var(--text); background: var(--ground); font: inherit; font-size: 1rem }
.actions label:has([type=email]) { flex: 1 1 min(100%, 15rem); max-width: 24rem }
.actions button { cursor: pointer; font-weight: 600 }
.actions .main { border-color: var(--accent); color: var(--ground); background: var(--accent) }
.actions :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
.problem { margin-top: 1.5rem; padding: .75rem 1rem; background: var(--shade); border-radius: 6px }
@media (max-width: 24rem) {
  .embed { padding-inline: .75rem }
  .details { grid-template-columns: 1fr; gap: 0 }
  .details dd { margin-bottom: .625rem }
}
@media (forced-colors: active) { .paper .votes::before { border-bottom-color: CanvasText } }
@media print { .page > header nav, .steps { display: none } }
`
