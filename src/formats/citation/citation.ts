import { arxivAddress, doiAddress, knownInFeedsBy, type PaperIdentifier } from '../../values/identifiers.ts'
import { TEX_LETTERS } from '../../values/tex.ts'
import { personalName } from './personal-name.ts'

/** The fields of a paper that citations are made of. */
export interface CitedPaper {
  /** The number that identifies the paper on this server. */
  number: number
  arxivId: string | null
  doi: string | null
  /** The strongest first. */
  identifiers: readonly PaperIdentifier[]
  title: string
  abstract: string | null
  publishedAt: string
  withdrawnAt: string | null
  /** All authors, with their names as printed. */
  authors: readonly string[]
  /** The names of the arXiv categories, the primary one first. */
  categories: readonly string[]
  keywords: readonly string[]
  /** The page of the paper on this server. */
  url: string
}

/** DataCite's DOI prefix of arXiv: every paper there has a DOI, beside that of its journal. */
const ARXIV_DOI = '10.48550/arXiv.'

/** The DOI to cite the paper by: that of a publisher, or else that which arXiv gives; null if it has neither. */
export const citedDoi = ({ doi, arxivId }: Pick<CitedPaper, 'doi' | 'arxivId'>): string | null =>
  doi ?? (arxivId === null ? null : `${ARXIV_DOI}${arxivId}`)

/** The address that a citation names: the page where the paper was published. */
export const citedAddress = ({ doi, arxivId, url }: CitedPaper): string =>
  arxivId !== null ? arxivAddress(arxivId) : doi !== null ? doiAddress(doi) : url

/** The year of the first version. */
export const citedYear = ({ publishedAt }: CitedPaper): number => Number(publishedAt.slice(0, 4))

const ASCII_LETTERS = new Map(
  Object.entries(TEX_LETTERS).map(([name, letter]) => [letter, name === 'aa' || name === 'AA' ? 'a' : name]),
)

/**
 * The key that documents cite the paper by, such as `vaswani2017-1706.03762`. It is unique, because it ends in the identifier
 * that the paper was first known by, and neither a new title nor an identifier that comes later changes it.
 */
export function citationKey(paper: CitedPaper): string {
  const [first = ''] = paper.authors
  const name = personalName(first)
  const plain = ('literal' in name ? (name.literal.split(' ')[0] as string) : name.family)
    .normalize('NFD')
    .replace(/[^\p{ASCII}]/gu, (letter) => ASCII_LETTERS.get(letter) ?? '')
    .toLowerCase()
    .replace(/[^a-z]/g, '')
  const known = knownInFeedsBy(paper.identifiers)
  const identifier = known?.scheme === 'arxiv' ? known.value.replace('/', '-') : `p${paper.number}`
  return `${plain || 'anonymous'}${citedYear(paper)}-${identifier}`
}
