/** `quirks` of `llm.providers` in the words of llm. Apart from their schema, so that nothing heavy is loaded for them. */
import type { Quirks } from "../llm/dialects/dialect.ts"
import type { Settings } from "./settings.ts"

type Said = NonNullable<Settings["llm"]["providers"][string]["quirks"]>

export const quirksOf = (said: Said = {}): Quirks => ({
  maxTokensField: said.max_tokens_field,
  developerRole: said.developer_role,
  noStreamUsage: said.no_stream_usage,
  noTemperature: said.no_temperature,
  effort: said.effort,
  efforts: said.efforts,
  thinkingBack: said.thinking_back,
  emptyContent: said.empty_content,
  needsTools: said.needs_tools,
  strictTools: said.strict_tools,
  toolSchema: said.tool_schema,
  promptCacheKey: said.prompt_cache_key,
  anthropicVersion: said.anthropic_version,
  keyHeader: said.key_header,
  body: said.body
})
