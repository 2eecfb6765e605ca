/** What requests take. */

/** Tokens of one request. */
export interface Usage {
  /** All tokens of the prompt, cached ones included. */
  readonly input: number
  /** All tokens written, thinking included. */
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
}

/** What one request took, as far as its provider said. */
export interface Taken {
  /** `provider/model`, as it was asked. */
  readonly model: string
  readonly usage?: Usage
  /** US dollars. */
  readonly cost?: number
  /** It broke off: it took at least this much. */
  readonly broken?: true
}
