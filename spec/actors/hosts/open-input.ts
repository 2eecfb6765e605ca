/** An input schema that takes whatever comes and costs nothing to load: what is measured is the place, not a validator. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec"

export interface Input {
  /** A number to double. */
  readonly n?: number
  /** Milliseconds to work. */
  readonly ms?: number
  readonly path?: string
  readonly bytes?: number
  /** Where to write, or what to close: a line to the host. */
  readonly fd?: number
  /** Answer first, break afterwards. */
  readonly late?: boolean
}

export const anything: StandardSchemaV1<unknown, Input> & StandardJSONSchemaV1<unknown, Input> = {
  "~standard": {
    version: 1,
    vendor: "kintsugi-spec",
    validate: (value) => ({ value: value as Input }),
    jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) }
  }
}
