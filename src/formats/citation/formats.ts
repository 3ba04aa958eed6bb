import { writeBibtex } from './bibtex.ts'
import type { CitedPaper } from './citation.ts'
import { writeCslJson } from './csl-json.ts'
import { writeRis } from './ris.ts'

interface CitationFormat {
  /** The name in GraphQL. */
  name: string
  /** The file extension in addresses, without the dot. */
  extension: string
  /** The text of links to citations in this format. */
  label: string
  mediaType: string
  write(papers: readonly CitedPaper[]): string
  /** What stands between the papers of a list; null for a format whose texts do not make one text. */
  between: string | null
}

/** All citation formats. Routes, links and GraphQL's `CitationFormat` derive from this list. */
export const CITATION_FORMATS = [
  {
    name: 'BIBTEX',
    extension: 'bib',
    label: 'BibTeX',
    mediaType: 'application/x-bibtex',
    write: writeBibtex,
    between: '\n',
  },
  {
    name: 'RIS',
    extension: 'ris',
    label: 'RIS',
    mediaType: 'application/x-research-info-systems',
    write: writeRis,
    between: '\r\n',
  },
  {
    name: 'CSL_JSON',
    extension: 'csl.json',
    label: 'CSL-JSON',
    mediaType: 'application/vnd.citationstyles.csl+json',
    write: writeCslJson,
    between: null,
  },
] as const satisfies readonly CitationFormat[]

export type CitationFormatName = (typeof CITATION_FORMATS)[number]['name']
