import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { findProvider } from "../../../llm/catalog/providers.ts"
import type { Quirks } from "../../../llm/dialects/dialect.ts"
import { wayTo } from "../../../llm/open-provider.ts"
import { fields, list } from "../../../llm/wire-value.ts"

const recordings = fileURLToPath(new URL("../../../../shared/wire-fixtures", import.meta.url))

/** Bodies of requests that a provider answered with success. */
const taken = (provider: string): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  readdirSync(join(recordings, provider))
    .flatMap((file) => list(fields(JSON.parse(readFileSync(join(recordings, provider, file), "utf8"))).interactions))
    .map(fields)
    .filter(({ status }) => status === 200)
    .map(({ requestBody }) => fields(typeof requestBody === "string" ? parsed(requestBody) : requestBody))

const parsed = (text: string): unknown => (text.startsWith("{") ? JSON.parse(text) : undefined)

const hasReturned = (field: string) => (body: Readonly<Record<string, unknown>>) =>
  list(body.messages).some((message) => typeof fields(message)[field] === "string")

/** Fields of requests, by what makes us send them. */
const saying: ReadonlyArray<readonly [Quirks, (body: Readonly<Record<string, unknown>>) => boolean]> = [
  [{ effort: "reasoning_effort" }, ({ reasoning_effort: effort }) => typeof effort === "string"],
  [{ effort: "reasoning.effort" }, ({ reasoning }) => typeof reasoning === "object"],
  [{ effort: "thinking.type" }, ({ thinking }) => typeof fields(thinking).type === "string"],
  [{ thinkingBack: "reasoning_content" }, hasReturned("reasoning_content")],
  [{ thinkingBack: "reasoning" }, hasReturned("reasoning")],
  [{ promptCacheKey: true }, ({ prompt_cache_key: key }) => typeof key === "string"]
]

describe.skipIf(!existsSync(recordings))("recorded requests (skipped when ../shared/wire-fixtures is missing)", () => {
  it.each([
    ["zai", "glm-5.3", { effort: "thinking.type", thinkingBack: "reasoning_content" }],
    ["deepseek", "deepseek-v4-pro", { thinkingBack: "reasoning_content" }],
    ["avian", "any", { thinkingBack: "reasoning_content" }],
    ["llama.cpp", "gpt-oss-20b", { effort: "reasoning_effort", thinkingBack: "reasoning_content" }],
    ["cerebras", "zai-glm-4.7", { effort: "reasoning_effort", thinkingBack: "reasoning" }],
    ["groq", "openai/gpt-oss-120b", { effort: "reasoning_effort" }],
    ["xai", "grok-3-mini", { effort: "reasoning_effort" }],
    ["mistral", "mistral-large-latest", { promptCacheKey: true }],
    ["openrouter", "anthropic/claude-haiku-4.5", { effort: "reasoning.effort" }],
    ["vercel", "anthropic/claude-sonnet-4", { effort: "reasoning.effort" }],
    ["snowflake", "claude-sonnet-4-6", { effort: "reasoning.effort" }]
  ] satisfies ReadonlyArray<[string, string, Quirks]>)(
    "of %s were taken as we write them to %s",
    (id, model, quirks) => {
      expect(wayTo(findProvider(id)!, model).quirks).toMatchObject(quirks)
      const bodies = taken(id)
      for (const [name, value] of Object.entries(quirks)) {
        const [, isSaid] = saying.find(([one]) =>
          Object.entries(one).every(([key, of]) => key === name && of === value)
        )!
        expect(bodies.filter(isSaid).length, `${name}: ${String(value)}`).toBeGreaterThan(0)
      }
    }
  )
})
