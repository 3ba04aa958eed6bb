/** A text as one word of a command line, for commands that people copy. */
export function shellWord(text: string, platform = process.platform): string {
  if (/^[\w./:@-]+$/.test(text)) return text
  return platform === 'win32' ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`
}
