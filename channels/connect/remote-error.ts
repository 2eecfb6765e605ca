/** What a server refused, or could not be asked. */

export class RemoteError extends Error {
  override readonly name = "RemoteError"
  /** One of `errorCodes` in `../wire/frames.ts`, or one of ours: `lost`, `timeout`, `closed`, `no_key`, `wrong_key`. */
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
