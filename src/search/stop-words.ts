/**
 * Snowball's English stop words, the same list as in Postgres. The frequent ones are first: the index stores the first 64 in a
 * byte, and has room for 128 (`packed-words.ts`). With each change, raise `ANALYZER_VERSION`.
 */
export const STOP_WORDS: readonly string[] = (
  'the a of and in to t with s for that i we is by on as this from are was or an were at these be which have our ' +
  'not but between can their both has it through than while more into during its been such all after only no here ' +
  'over other when up most further had they each how there those who under where some will if any did then about ' +
  'against do same should them because before out so he being does me few am now what very my off down nor why ' +
  'until own her once having itself above just whom below you his too themselves your again don doing she him ' +
  'yourself hers herself himself myself ours ourselves theirs yours yourselves'
).split(' ')

const STOP_WORD_NUMBERS: ReadonlyMap<string, number> = new Map(STOP_WORDS.map((word, number) => [word, number]))

/** Whether a term is a stop word. Stop words are not indexed, but phrases can have them. */
export const isStopWord = (term: string): boolean => STOP_WORD_NUMBERS.has(term)

/** The place of a stop word in `STOP_WORDS`; undefined for other words. */
export const stopWordNumber = (term: string): number | undefined => STOP_WORD_NUMBERS.get(term)
