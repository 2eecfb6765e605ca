import { expect, it } from "vitest"
import { quirks } from "../../actors/config/quirks.ts"
import { ownProviders } from "../../actors/own-providers.ts"
import type { Quirks } from "../../llm/dialects/dialect.ts"

/** Everything that can be said, and what llm makes of it. */
const said: Readonly<Record<string, readonly [unknown, Quirks]>> = {
  max_tokens_field: ["max_completion_tokens", { maxTokensField: "max_completion_tokens" }],
  developer_role: [true, { developerRole: true }],
  no_stream_usage: [true, { noStreamUsage: true }],
  no_temperature: [true, { noTemperature: true }],
  effort: ["enable_thinking", { effort: "enable_thinking" }],
  efforts: [{ none: null, high: "max" }, { efforts: { none: null, high: "max" } }],
  thinking_back: ["reasoning", { thinkingBack: "reasoning" }],
  empty_content: [true, { emptyContent: true }],
  needs_tools: [true, { needsTools: true }],
  strict_tools: [true, { strictTools: true }],
  tool_schema: ["subset", { toolSchema: "subset" }],
  prompt_cache_key: [true, { promptCacheKey: true }],
  anthropic_version: ["2023-06-01", { anthropicVersion: "2023-06-01" }],
  key_header: ["api-key", { keyHeader: "api-key" }],
  body: [{ top_k: 1 }, { body: { top_k: 1 } }]
}

it("takes every quirk by its name in the configuration", () => {
  expect(Object.keys(quirks.shape)).toEqual(Object.keys(said))
  for (const [name, [value, known]] of Object.entries(said)) {
    const parsed = quirks.parse({ [name]: value })
    const [office] = ownProviders({ office: { base_url: "http://a", dialect: "openai-chat", quirks: parsed } })
    expect(office?.quirks).toEqual(known)
    expect(quirks.safeParse({ [name]: 3 }).success).toBe(false)
  }
  expect(quirks.safeParse({ key_header: "cookie" }).error?.issues[0]?.message).toMatch(/^one of authorization, /)
  expect(quirks.safeParse({ efforts: { much: "high" } }).success).toBe(false)
  expect(quirks.safeParse({ temperature: false }).success).toBe(false)
})
