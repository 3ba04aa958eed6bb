/** Why a user reports a paper, with what each means. */
export const REPORT_REASONS = {
  SPAM: 'It is no research paper, or it advertises something.',
  DUPLICATE: 'The catalogue has the paper twice.',
  WRONG_DATA: 'The title, the abstract, the authors, the topics or the links are wrong.',
  ABUSE: 'Its text is offensive, or against the law.',
  OTHER: 'Something else: the comment says what.',
} as const

export type ReportReason = keyof typeof REPORT_REASONS
