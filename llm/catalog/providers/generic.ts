/** Servers that the user names an address for. */
import type { Provider } from "../provider.ts"
import { oldMessages } from "./entry.ts"

export const generic: ReadonlyArray<Provider> = [
  {
    id: "litellm",
    name: "LiteLLM proxy",
    baseUrl: "http://127.0.0.1:4000/v1",
    baseUrlEnv: ["LITELLM_PROXY_API_BASE"],
    env: ["LITELLM_PROXY_API_KEY", "LITELLM_API_KEY"],
    keyOptional: true,
    dialect: "openai-chat",
    // What it makes of a request for Claude is refused when the tools of earlier calls are missing: pi-ai's flags.
    quirks: { needsTools: true, cacheControl: /claude/ }
  },
  {
    id: "openai-compatible",
    name: "OpenAI-compatible server",
    env: [],
    keyOptional: true,
    dialect: "openai-chat",
    note: "any server that speaks Chat Completions, at llm.base_url with llm.api_key"
  },
  {
    id: "anthropic-compatible",
    name: "Anthropic-compatible server",
    env: [],
    keyOptional: true,
    dialect: "anthropic",
    quirks: oldMessages,
    note: "any server that speaks the Messages API, at llm.base_url with llm.api_key"
  }
]
