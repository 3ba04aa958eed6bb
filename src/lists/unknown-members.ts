/** The members of filter lists that name nothing, by field. One object collects those of all lists of a request. */
export class UnknownMembers {
  #fields: Map<string, Set<string>> | null = null

  add(field: string, member: string): void {
    this.#fields ??= new Map()
    const members = this.#fields.get(field) ?? new Set()
    this.#fields.set(field, members.add(member))
  }

  /**
   * The members of each field, such as `{"topics":["agnets"]}`; null if there are none. Sorted, because fields and lists are
   * resolved in any order, and equal responses have one ETag.
   */
  get found(): Record<string, string[]> | null {
    if (this.#fields === null) return null
    return Object.fromEntries([...this.#fields].sort().map(([field, members]) => [field, [...members].sort()]))
  }
}
