import type { PaperLinkKind } from '../values/vocabulary.ts'

/** The label of a link without a title. */
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
