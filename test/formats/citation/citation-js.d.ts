/** The part of citation.js that tests use; version 0.8, which Node 20 installs without a warning, has no types. */
declare module '@citation-js/core' {
  interface Name {
    literal?: string
    given?: string
    family?: string
    suffix?: string
    'dropping-particle'?: string
    'non-dropping-particle'?: string
  }
  export class Cite {
    constructor(input: string)
    data: { title?: string; author?: Name[]; issued?: { 'date-parts'?: number[][] } }[]
  }
}
