/** Input of the fixtures, by a schema that takes whatever comes and costs nothing to load: the place is tried, no validator. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec"
import type { Answer, ToolContext } from "kintsugi/plugin"

export interface Input {
  /** A number to double. */
  readonly n?: number
  /** Milliseconds to work. */
  readonly ms?: number
  readonly path?: string
  readonly pid?: number
  readonly bytes?: number
  /** Where to write, or what to close: a line to the host. */
  readonly fd?: number
  /** Answer first, break afterwards. */
  readonly late?: boolean
}

/** How a tool of the fixtures is written down. */
export type Commit = (input: Input, context: ToolContext) => Promise<Answer | string> | Answer | string

export const anything: StandardSchemaV1<unknown, Input> & StandardJSONSchemaV1<unknown, Input> = {
  "~standard": {
    version: 1,
    vendor: "kintsugi-spec",
    validate: (value) => ({ value: value as Input }),
    jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) }
  }
}
