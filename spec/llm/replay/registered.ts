/** Which entry of the registry each recorded provider is, and the way in which that entry would have called the recorded model. */
import type { DialectName, Way } from "../../../llm/catalog/provider.ts"
import { findProvider } from "../../../llm/catalog/providers.ts"
import type { Quirks } from "../../../llm/dialects/dialect.ts"
import { wayTo } from "../../../llm/open-provider.ts"
import type { Recording } from "./recordings.ts"

type Recorded = Pick<Recording, "provider" | "dialect" | "model">

/** Recorded providers that the registry has under another id; those that it has not at all. */
const ids: Readonly<Record<string, string | undefined>> = { "github-copilot": undefined }

export const idOf = ({ provider }: Recorded): string | undefined => (provider in ids ? ids[provider] : provider)

/** Our name for a dialect that was recorded. */
const names: Readonly<Record<string, Exclude<DialectName, "ollama">>> = {
  "openai-chat": "openai-chat",
  "openai-responses": "openai-responses",
  "anthropic-messages": "anthropic",
  "vertex-anthropic": "anthropic",
  gemini: "gemini",
  "bedrock-converse": "bedrock",
  "bedrock-converse-stream": "bedrock",
  "cohere-v2": "cohere"
}

export const dialectOf = ({ dialect }: Recorded): Exclude<DialectName, "ollama"> => {
  const name = names[dialect]
  if (name === undefined) throw new Error(`${dialect} is not spoken`)
  return name
}

const wayOf = (recording: Recorded): Way | undefined => {
  const provider = findProvider(idOf(recording) ?? "")
  return provider === undefined ? undefined : wayTo(provider, recording.model)
}

/** It was recorded in the dialect in which the registry would call that model. */
export const isRegistered = (recording: Recorded): boolean => wayOf(recording)?.dialect === dialectOf(recording)

/** The quirks of that way; of recordings in another dialect nothing is known. */
export const quirksFor = (recording: Recorded): Quirks =>
  isRegistered(recording) ? (wayOf(recording)?.quirks ?? {}) : {}
