/**
 * Anthropic's Messages, streaming. Two pure halves, `toBody` and `step`, around one request.
 * Sources: platform.claude.com/docs ("Messages", "Streaming", "Versions", "Thinking"), the SDK's types for API version
 * 2026-10-21, recorded traffic of 2023-06-01.
 */
import { toBody } from "./anthropic-body.ts"
import { endings, step } from "./anthropic-step.ts"
import { newest, speaksNewest } from "./anthropic-version.ts"
import { whole } from "./anthropic-whole.ts"
import { atVertex } from "./anthropic-vertex.ts"
import type { DialectOptions } from "./dialect.ts"
import type { Wire } from "./exchange.ts"
import { keyHeaders, keyOf, shared, withoutForeign } from "./sdk-options.ts"
import { speak } from "./speak.ts"

const load = async (options: DialectOptions, body: ReturnType<typeof toBody>): ReturnType<Wire["load"]> => {
  const { Anthropic } = await import("@anthropic-ai/sdk")
  const request = requestOf(options, body)
  return (line) => {
    const client = new Anthropic({
      ...shared(options, line),
      baseURL: request.baseURL,
      // Given even where there is none: without it the SDK would look for one in the environment and in profiles.
      apiKey: keyOf(options),
      openTelemetry: false,
      defaultHeaders: { ...withoutForeign("ANTHROPIC_CUSTOM_HEADERS"), ...authentication(options), ...options.headers }
    })
    // What `messages.create` does, without the warnings about old models that it prints at each request.
    return client.post<AsyncIterable<unknown>>(request.path, { body: request.body, stream: true, signal: line.signal })
  }
}

const requestOf = ({ baseUrl, quirks }: DialectOptions, body: ReturnType<typeof toBody>) =>
  quirks.messagesPath === "vertex"
    ? atVertex(baseUrl, body)
    : // Half of the providers count `/v1` to their address.
      { baseURL: baseUrl.replace(/\/+$/, "").replace(/\/v1$/, ""), path: "/v1/messages", body }

/** The newest version takes a bearer token; those before it `x-api-key`. */
const authentication = (options: DialectOptions): Record<string, string | null> => {
  const { anthropicVersion: version = newest } = options.quirks
  return {
    "anthropic-version": version,
    ...keyHeaders(options, speaksNewest(version) ? "authorization" : "x-api-key")
  }
}

export const anthropicMessages = speak({ toBody, load, step, whole, endings, hasTrailer: false })
