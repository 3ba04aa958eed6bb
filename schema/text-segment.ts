import type { TextSegment } from '../src/search/highlight.ts'
import { builder } from './builder.ts'

export const TextSegmentType = builder.objectRef<TextSegment>('TextSegment').implement({
  description:
    'A piece of a text with search highlights. It is plain text, never markup: escape it like any other text. Joined, the pieces are the whole text.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The text of the piece, including spaces.' }),
    isMatch: t.exposeBoolean('isMatch', {
      description: 'Whether the piece matches the query, in any word form: mark it.',
    }),
  }),
})
