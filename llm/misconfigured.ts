/** A mistake in what the user configured, told in one sentence that says how to mend it. */
import { ModelError } from "./model-error.ts"

/** A `ModelError` of kind `not_configured` whose message is the given sentence and nothing else. */
export class Misconfigured extends ModelError {
  constructor(provider: string, sentence: string, variables: ReadonlyArray<string> = []) {
    super({ provider, reason: { kind: "not_configured" }, detail: sentence, variables })
  }

  override get message(): string {
    return this.detail ?? super.message
  }
}
