// The addresses of the pages of this server that are named by a slug or handle.

const page = (publicUrl: string, folder: string, name: string): string =>
  `${publicUrl}/${folder}/${encodeURIComponent(name)}`

export const topicAddress = (publicUrl: string, { slug }: { slug: string }): string => page(publicUrl, 'topics', slug)
export const authorAddress = (publicUrl: string, { slug }: { slug: string }): string => page(publicUrl, 'authors', slug)
export const organizationAddress = (publicUrl: string, { slug }: { slug: string }): string =>
  page(publicUrl, 'organizations', slug)
export const userAddress = (publicUrl: string, { handle }: { handle: string }): string =>
  page(publicUrl, 'users', handle)
