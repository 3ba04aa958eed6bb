import type { TextSegment } from '../src/search/highlight.ts'
import { builder } from './builder.ts'

export const TextSegmentType = builder.objectRef<TextSegment>('TextSegment').implement({
  description:
    'A piece of a text in which a search marks words. Plain text, never markup: escape it as any other. The pieces joined are the text.',
  fields: (t) => ({
    text: t.exposeString('text', { description: 'The piece as it stands in the text, with the spaces around it.' }),
    isMatch: t.exposeBoolean('isMatch', {
      description: 'Whether it is a word that the query asks for, in whatever form: to be marked.',
    }),
  }),
})
