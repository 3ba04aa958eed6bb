import { type CitedPaper, citationKey, citedAddress, citedDoi } from './citation.ts'
import { personalName } from './personal-name.ts'

/**
 * Papers as CSL-JSON 1.0, a list of items: https://citeproc-js.readthedocs.io/en/latest/csl-json/markup.html. Texts are plain:
 * `<` and `>` in them are no markup.
 */
export const writeCslJson = (papers: readonly CitedPaper[]): string =>
  `${JSON.stringify(papers.map(itemOf), null, 2)}\n`

function itemOf(paper: CitedPaper) {
  const { arxivId, withdrawnAt } = paper
  const doi = citedDoi(paper)
  const [year, month, day] = paper.publishedAt.slice(0, 10).split('-').map(Number)
  return {
    id: citationKey(paper),
    // What CSL calls preprints and all that is not known to be in a journal.
    type: 'article',
    title: paper.title,
    ...(paper.authors.length > 0 && { author: paper.authors.map(nameOf) }),
    issued: { 'date-parts': [[year, month, day]] },
    ...(arxivId !== null && { publisher: 'arXiv', number: `arXiv:${arxivId}` }),
    ...(doi !== null && { DOI: doi }),
    URL: citedAddress(paper),
    ...(paper.abstract !== null && { abstract: paper.abstract }),
    ...(withdrawnAt !== null && { note: `Withdrawn on ${withdrawnAt.slice(0, 10)}` }),
  }
}

function nameOf(printed: string) {
  const name = personalName(printed)
  if ('literal' in name) return name
  const { given, particle, family, suffix } = name
  return {
    family,
    given,
    ...(particle !== '' && { 'non-dropping-particle': particle }),
    ...(suffix !== '' && { suffix }),
  }
}
