/** The models that a provider itself says it has: names, and nothing that it need know of them. */
import { speaksNewest, newest } from "./dialects/anthropic-version.ts"
import type { DialectOptions } from "./dialects/dialect.ts"
import { ollamaAddress } from "./dialects/ollama-address.ts"
import { keyHeaders } from "./dialects/sdk-options.ts"
import type { Reach } from "./open-provider.ts"
import type { Fetch } from "./timed-fetch.ts"
import { fields, isFields, list, text } from "./wire-value.ts"

/** How a dialect's list is asked for, and where its names stand. */
interface Question {
  readonly url: (baseUrl: string) => string
  readonly headers: (options: DialectOptions) => Readonly<Record<string, string | null>>
  readonly names: (answer: unknown) => ReadonlyArray<string>
}

const bearer: Question["headers"] = (options) => keyHeaders(options, "authorization")

const without = (baseUrl: string, end: RegExp): string => baseUrl.replace(/\/+$/, "").replace(end, "")

/** Some hosts give the bare list (Together, GitHub Models). */
const openai: Question = {
  url: (baseUrl) => `${without(baseUrl, /$/)}/models`,
  headers: bearer,
  names: (answer) => (Array.isArray(answer) ? answer : list(fields(answer).data)).map((one) => text(fields(one).id))
}

const questions: Readonly<Record<Reach["dialect"], Question | undefined>> = {
  "openai-chat": openai,
  "openai-responses": openai,
  // platform.claude.com/docs/en/api/models-list
  anthropic: {
    url: (baseUrl) => `${without(baseUrl, /\/v1$/)}/v1/models?limit=1000`,
    headers: (options) => {
      const { anthropicVersion: version = newest } = options.quirks
      const usual = speaksNewest(version) ? "authorization" : "x-api-key"
      return { "anthropic-version": version, ...keyHeaders(options, usual) }
    },
    names: openai.names
  },
  // ai.google.dev/api/models
  gemini: {
    url: (baseUrl) => `${without(baseUrl, /$/)}/models?pageSize=1000`,
    headers: ({ apiKey = "" }) => ({ "x-goog-api-key": apiKey.trim() }),
    names: (answer) =>
      list(fields(answer).models)
        .map(fields)
        .filter(({ supportedGenerationMethods }) => list(supportedGenerationMethods).includes("generateContent"))
        .map(({ name }) => text(name).replace(/^models\//, ""))
  },
  // docs.cohere.com/reference/list-models
  cohere: {
    url: (baseUrl) => `${without(baseUrl, /\/v\d$/)}/v1/models?page_size=1000&endpoint=chat`,
    headers: bearer,
    names: (answer) => list(fields(answer).models).map((one) => text(fields(one).name))
  },
  // docs.ollama.com/api/tags
  ollama: {
    url: (baseUrl) => `${ollamaAddress(baseUrl)}/api/tags`,
    headers: bearer,
    names: (answer) => list(fields(answer).models).map((one) => text(fields(one).name))
  },
  // Its models are listed by another service, under another address.
  bedrock: undefined
}

/** Obviously for something else than talking; whatever else is listed may talk. */
const other = /(^|[^a-z])(embed(ding)?s?|whisper|tts|dall-e|moderation|rerank(er)?|transcribe|sora)([^a-z]|$)/i

/** @throws an Error that says in one sentence why there is no list. The key is never in it. */
export const listedBy = async (
  reach: Reach,
  signal: AbortSignal,
  send: Fetch = fetch
): Promise<ReadonlyArray<string>> => {
  const question = reach.options.quirks.messagesPath === "vertex" ? undefined : questions[reach.dialect]
  if (question === undefined) throw new Error("it has no list of models that can be asked for with its key")
  const { token, ...options } = reach.options
  const known = token === undefined ? options : { ...options, apiKey: await token() }
  const headers = Object.entries({ ...question.headers(known), ...options.headers })
  const request = {
    // A key that is sent on would be sent to somebody else.
    redirect: "error" as const,
    signal,
    headers: Object.fromEntries(headers.filter((entry): entry is [string, string] => Boolean(entry[1])))
  }
  const response = await send(question.url(options.baseUrl), request).catch((error) =>
    Promise.reject(unreachable(error))
  )
  if (!response.ok) {
    await response.body?.cancel()
    throw new Error(`it answered with status ${response.status}`)
  }
  const answer: unknown = await response.json().catch(() => undefined)
  if (!Array.isArray(answer) && !isFields(answer)) throw new Error("what it answered is no list of models")
  const names = question.names(answer).filter((name) => name !== "" && !other.test(name))
  if (names.length === 0) throw new Error("it listed no models")
  return [...new Set(names)].toSorted()
}

const unreachable = (error: unknown): Error => {
  const name = error instanceof Error ? error.name : ""
  return new Error(name === "TimeoutError" ? "it did not answer in time" : "it cannot be reached", { cause: error })
}
