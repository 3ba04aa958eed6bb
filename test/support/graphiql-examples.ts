/** A tab with which GraphiQL opens. */
export interface GraphiqlExample {
  /** The name of the operation, which is that of the tab. */
  name: string
  query: string
  /** As JSON. */
  headers?: string
}

/** The examples in GraphiQL's page on a server. */
export async function graphiqlExamples(url: string): Promise<GraphiqlExample[]> {
  const page = await (await fetch(`${url}/graphql`, { headers: { accept: 'text/html' } })).text()
  const options = /: options\)\)\((\{.*?\}), new URLSearchParams/.exec(page)?.[1]
  if (options === undefined) throw new Error('The page has no examples.')
  const { defaultTabs } = JSON.parse(options) as { defaultTabs: Omit<GraphiqlExample, 'name'>[] }
  return defaultTabs.map((tab) => ({
    ...tab,
    name: /^(?:query|mutation|subscription) (\w+)/m.exec(tab.query)?.[1] as string,
  }))
}
