/** Why a source cannot be synced now. The message is one sentence, after the address that it is about. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault'
  /** Whether the same request may succeed later. */
  readonly isTemporary: boolean
  /** The moment before which the server asks for no request; null if it does not say. */
  readonly retryAt: Date | null

  constructor(message: string, { isTemporary, retryAt = null }: { isTemporary: boolean; retryAt?: Date | null }) {
    super(message)
    this.isTemporary = isTemporary
    this.retryAt = retryAt
  }
}
