/** Whether Postgres can hold a text: it has no place for NUL, and UTF-8 none for half a surrogate pair. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed()
