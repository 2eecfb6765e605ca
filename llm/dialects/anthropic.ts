/**
 * Anthropic's Messages, streaming. Two pure halves, `toBody` and `step`, around one request.
 * Sources: platform.claude.com/docs ("Messages", "Streaming", "Versions", "Thinking"), the SDK's types for API version
 * 2026-10-21, recorded traffic of 2023-06-01.
 */
import { toBody } from "./anthropic-body.ts"
import { endings, step } from "./anthropic-step.ts"
import { newest, speaksNewest } from "./anthropic-version.ts"
import type { DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { hasKey, keyOf, shared, withoutForeign } from "./sdk-options.ts"
import { speak } from "./speak.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  const { Anthropic } = await import("@anthropic-ai/sdk")
  return (line) => {
    const client = new Anthropic({
      ...shared(options, line),
      // The SDK adds `/v1` itself; half of the providers count it to their address.
      baseURL: options.baseUrl.replace(/\/+$/, "").replace(/\/v1$/, ""),
      // Given even where there is none: without it the SDK would look for one in the environment and in profiles.
      apiKey: keyOf(options),
      openTelemetry: false,
      defaultHeaders: { ...withoutForeign("ANTHROPIC_CUSTOM_HEADERS"), ...authentication(options), ...options.headers }
    })
    // What `messages.create` does, without the warnings about old models that it prints at each request.
    return client.post<AsyncIterable<unknown>>("/v1/messages", { body, stream: true, signal: line.signal })
  }
}

/** The newest version takes a bearer token; those before it `x-api-key`, and another header's presence may confuse them. */
const authentication = (options: DialectOptions): Record<string, string | null> => {
  const { anthropicVersion: version = newest } = options.quirks
  const key = hasKey(options) ? keyOf(options) : undefined
  const isBearer = speaksNewest(version)
  return {
    "anthropic-version": version,
    authorization: isBearer && key !== undefined ? `Bearer ${key}` : null,
    "x-api-key": !isBearer && key !== undefined ? key : null
  }
}

export const anthropicMessages = speak({ toBody, load, step, endings, hasTrailer: false })
