import type { PaperLinkKind } from '../values/vocabulary.ts'

/** What a link is called where its source gives no title. */
export const LINK_LABELS: Record<PaperLinkKind, string> = {
  ABSTRACT: 'Abstract',
  PDF: 'PDF',
  CODE: 'Code',
  PROJECT: 'Project page',
  DISCUSSION: 'Discussion',
  MEDIA: 'Media',
  MODEL: 'Model',
  DATASET: 'Data set',
  DEMO: 'Demo',
}
