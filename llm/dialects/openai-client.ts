/** The OpenAI SDK's client for any server that speaks its dialects, loaded on first use. */
import type { OpenAI } from "openai"
import type { TimedFetch } from "../timed-fetch.ts"
import type { DialectOptions } from "./dialect.ts"
import { keyHeaders, keyOf, shared, withoutForeign } from "./sdk-options.ts"

export const loadOpenai = async (options: DialectOptions): Promise<(line: Pick<TimedFetch, "fetch">) => OpenAI> => {
  const { OpenAI } = await import("openai")
  return (line) =>
    new OpenAI({
      ...shared(options, line),
      baseURL: options.baseUrl,
      apiKey: keyOf(options),
      // Without these the SDK would read other credentials from the environment.
      adminAPIKey: null,
      organization: null,
      project: null,
      defaultHeaders: {
        ...withoutForeign("OPENAI_CUSTOM_HEADERS"),
        ...keyHeaders(options, "authorization"),
        ...options.headers
      }
    })
}
