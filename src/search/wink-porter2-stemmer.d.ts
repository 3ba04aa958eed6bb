// The package comes without types.
declare module 'wink-porter2-stemmer' {
  /** The stem of an English word in small letters, by Snowball's English stemmer (Porter2). */
  export default function stem(word: string): string
}
