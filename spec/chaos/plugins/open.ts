/** An input schema that takes whatever comes and loads no validator: a place that is begun anew every second must be light. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec"

export type Open<Input> = StandardSchemaV1<unknown, Input> & StandardJSONSchemaV1<unknown, Input>

/** The harness writes its own calls, so what arrives has the type that it says. */
export const open = <Input>(): Open<Input> => ({
  "~standard": {
    version: 1,
    vendor: "kintsugi-chaos",
    validate: (value) => ({ value: value as Input }),
    jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) }
  }
})
