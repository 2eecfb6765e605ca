/** Short forms for entries, so that the plain ones read as the lines of a table. */
import type { Quirks } from "../../dialects/dialect.ts"
import type { DialectName, Provider } from "../provider.ts"

type More = Omit<Partial<Provider>, "id" | "name" | "baseUrl" | "env" | "dialect">
type Entry = (id: string, name: string, baseUrl: string, env: ReadonlyArray<string>, more?: More) => Provider

const speaking =
  (dialect: DialectName, quirks?: Quirks): Entry =>
  (id, name, baseUrl, env, more) => ({
    id,
    name,
    baseUrl,
    env,
    dialect,
    ...more,
    ...(quirks === undefined ? {} : { quirks: { ...quirks, ...more?.quirks } })
  })

/** Chat Completions. */
export const chat = speaking("openai-chat")

/** OpenAI's Responses. */
export const responses = speaking("openai-responses")

/** Asks by `reasoning_effort`, and knows no effort that is none: it is told nothing then, where no page says that it may be. */
export const effort: Quirks = { effort: "reasoning_effort", efforts: { none: null } }

/** GLM, at its maker's: between calls it goes on with what it thought, where that comes back (recorded requests that were taken). */
export const glm: Quirks = { effort: "thinking.type", thinkingBack: "reasoning_content" }

/** Kimi's third generation always thinks, and knows low, high and max on every host (pi-catalog 18.2.11, rules of its class). */
export const kimi3 = {
  models: /kimi-k3/i,
  quirks: { effort: "reasoning_effort", efforts: { none: null, medium: "high" }, thinkingBack: "reasoning_content" }
} as const satisfies NonNullable<Provider["routes"]>[number]

/** Their documents name this version; whether the newest is refused was not tried. */
export const oldMessages: Quirks = { anthropicVersion: "2023-06-01" }

/** Anthropic's Messages, spoken by others. */
export const messages = speaking("anthropic", oldMessages)

/** A server on the user's own machine. */
export const onThisMachine = (
  id: string,
  name: string,
  baseUrl: string,
  env: ReadonlyArray<string>,
  more?: More
): Provider => ({ ...chat(id, name, baseUrl, env, more), keyOptional: true, local: true })

/**
 * These makers' models refuse a conversation whose calls come back without the reasoning that led to them, whoever serves
 * them (rules of pi-catalog 18.2.11 for aimlapi, fireworks, huggingface, kilo, nanogpt, novita, together, venice, zenmux;
 * compat flags of pi-ai 1.5.2). Others, as Groq, refuse the field: it is said only where a source says so.
 */
export const thinkingReturns = [
  { models: /deepseek|kimi|mimo/i, quirks: { thinkingBack: "reasoning_content" } }
] as const satisfies Provider["routes"]
