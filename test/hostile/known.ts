import type { Signer, TestProvider } from '../support/identity-provider.ts'
import type { Answer } from '../support/server.ts'
import type { Known } from './input.ts'

/** What inputs know of a server that has papers. */
export async function knownOf(
  url: string,
  { accessToken, ...keys }: { accessToken: string; provider: TestProvider; signer: Signer; stranger: Signer },
): Promise<Known> {
  const query = '{ papers(first: 20, orderBy: NEWEST) { nodes { id arxivId } pageInfo { endCursor } } }'
  const response = await fetch(`${url}/graphql?query=${encodeURIComponent(query)}`)
  const { data } = (await response.json()) as Answer
  const paper = data.papers.nodes.find(({ arxivId }: { arxivId: string | null }) => arxivId !== null)
  return {
    url,
    accessToken,
    paperId: paper.id,
    arxivId: paper.arxivId,
    cursor: data.papers.pageInfo.endCursor,
    ...keys,
  }
}
