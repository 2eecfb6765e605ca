/** The configuration of a server that would let in whom it must not, or nobody; the message says what to do. */
export class AccessError extends Error {
  override readonly name = "AccessError"
}
