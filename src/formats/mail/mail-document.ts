import { Html, html } from '../html/html.ts'

/** What a mail says, in both of its forms. */
export interface RenderedMail {
  /** One line, without control characters. */
  subject: string
  html: string
  text: string
}

/**
 * The colours of the pages. Mail programs know neither variables nor `light-dark()`, and many drop stylesheets: every colour is
 * inline, and the stylesheet only replaces them in the dark.
 */
const LIGHT = { text: '#1d1b18', muted: '#645e56', accent: '#b5391f', line: '#e6e1da', ground: '#ffffff' }
const DARK = { text: '#ece9e4', muted: '#a8a29a', accent: '#ff9d80', line: '#34312c', ground: '#171614' }

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"

/** Inline styles, by the class that replaces their colours in the dark. */
export const STYLES = {
  ground: `margin:0;padding:0;background-color:${LIGHT.ground};color:${LIGHT.text}`,
  title: `margin:0;font-size:22px;line-height:28px;font-weight:700;color:${LIGHT.text}`,
  lead: `margin:6px 0 0;font-size:15px;line-height:22px;color:${LIGHT.muted}`,
  paragraph: `margin:16px 0 0;font-size:16px;line-height:24px;color:${LIGHT.text}`,
  titleOfPaper: `font-size:17px;line-height:23px;font-weight:600;color:${LIGHT.text}`,
  authors: `margin:4px 0 0;font-size:14px;line-height:20px;color:${LIGHT.muted}`,
  summary: `margin:6px 0 0;font-size:15px;line-height:22px;color:${LIGHT.text}`,
  small: `margin:8px 0 0;font-size:13px;line-height:20px;color:${LIGHT.muted}`,
  accent: `color:${LIGHT.accent}`,
  line: `border-top:1px solid ${LIGHT.line}`,
  button: `display:inline-block;padding:12px 20px;border-radius:6px;background-color:${LIGHT.accent};color:${LIGHT.ground};font-size:16px;line-height:20px;font-weight:600;text-decoration:none`,
} as const

/** For programs that know `prefers-color-scheme`; others invert the colours themselves, or stay light. */
const STYLE = new Html(`<style>
:root { color-scheme: light dark; supported-color-schemes: light dark }
@media (prefers-color-scheme: dark) {
.ground { background-color: ${DARK.ground} !important; color: ${DARK.text} !important }
.text { color: ${DARK.text} !important }
.muted { color: ${DARK.muted} !important }
.accent { color: ${DARK.accent} !important }
.line { border-color: ${DARK.line} !important }
.button { background-color: ${DARK.accent} !important; color: ${DARK.ground} !important }
}
</style>`)

/**
 * A whole HTML mail: one column, at most 600 pixels wide, without pictures. A table, because Outlook for Windows knows no other
 * way to limit a width.
 *
 * @param preview what a list of mails shows beside the subject
 */
export function mailDocument({ title, preview }: { title: string; preview: string }, content: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="x-apple-disable-message-reformatting">
<title>${title}</title>
${STYLE}
</head>
<body class="ground" style="${STYLES.ground}">
<div style="display:none;max-height:0;overflow:hidden">${preview}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" class="ground" style="${STYLES.ground}">
<tr><td align="center" style="padding:24px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px">
<tr><td class="text" style="${new Html(FONT)};color:${LIGHT.text};text-align:left;word-break:break-word;overflow-wrap:anywhere">
${content}
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`.text
}

/** A line of a header: control characters would begin another header, and others would turn the direction of the rest. */
export const headerLine = (text: string, length = 180): string => {
  const line = text.replace(/[\s\p{C}]+/gu, ' ').trim()
  return line.length <= length
    ? line
    : `${line
        .slice(0, length - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, '')}…`
}

const WIDTH = 72

/** A text as lines that fit everywhere, each with an indent. Addresses are never cut. */
export function wrapped(text: string, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/[\s\p{Cc}]+/u).filter((each) => each !== '')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(line)
  return lines.map((each) => indent + each).join('\n')
}
