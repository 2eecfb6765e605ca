/** To be written. */
import { Misconfigured } from "../misconfigured.ts"
import type { Dialect } from "./dialect.ts"

export const gemini: Dialect = ({ provider }) => {
  throw new Misconfigured(provider, "this dialect is being written")
}
