/**
 * Who serves models, by hand: address, keys, dialect and deviations. To add a provider, add an entry.
 *
 * The order matters: without a configured model, the first provider here whose key is set is chosen (`choose.ts`).
 * Makers of models come first, then hosts of open models, then gateways. Facts are as models.dev, the vendors' pages and
 * the packages of other clients state them in November 2026; none was tried against the live service.
 */
import type { ExtraProvider, Provider } from "./provider.ts"

export const providers: ReadonlyArray<Provider> = [
  {
    id: "anthropic",
    name: "Anthropic",
    baseUrl: "https://api.anthropic.com",
    baseUrlEnv: ["ANTHROPIC_BASE_URL"],
    env: ["ANTHROPIC_API_KEY"],
    dialect: "anthropic",
    defaultModel: "claude-sonnet-5-5"
  },
  {
    id: "openai",
    name: "OpenAI",
    baseUrl: "https://api.openai.com/v1",
    baseUrlEnv: ["OPENAI_BASE_URL"],
    env: ["OPENAI_API_KEY"],
    dialect: "openai-responses",
    quirks: { developerRole: true, effort: "reasoning_effort", promptCacheKey: true },
    defaultModel: "gpt-5.5"
  },
  {
    id: "google",
    name: "Google Gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai/",
    env: ["GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "GOOGLE_API_KEY"],
    sharedEnv: ["GOOGLE_API_KEY"],
    dialect: "openai-chat",
    defaultModel: "gemini-pro-latest",
    note: "through Google's OpenAI-compatible endpoint"
  },
  {
    id: "mistral",
    name: "Mistral",
    baseUrl: "https://api.mistral.ai/v1",
    env: ["MISTRAL_API_KEY"],
    dialect: "openai-chat",
    quirks: { callId: { max: 9, alphanumeric: true } },
    defaultModel: "devstral-medium-latest"
  },
  {
    id: "deepseek",
    name: "DeepSeek",
    baseUrl: "https://api.deepseek.com",
    env: ["DEEPSEEK_API_KEY"],
    dialect: "openai-chat",
    quirks: { effort: "thinking.type", thinkingBack: "reasoning_content" },
    defaultModel: "deepseek-v4-pro"
  },
  {
    id: "xai",
    name: "xAI",
    baseUrl: "https://api.x.ai/v1",
    env: ["XAI_API_KEY"],
    dialect: "openai-chat",
    defaultModel: "grok-4.6"
  },
  {
    id: "moonshotai",
    name: "Moonshot AI",
    baseUrl: "https://api.moonshot.ai/v1",
    env: ["MOONSHOT_API_KEY", "KIMI_API_KEY"],
    dialect: "openai-chat",
    quirks: { thinkingBack: "reasoning_content" },
    defaultModel: "kimi-k2.7-code"
  },
  {
    id: "zai",
    name: "Z.AI",
    baseUrl: "https://api.z.ai/api/paas/v4",
    env: ["ZAI_API_KEY", "ZHIPU_API_KEY"],
    dialect: "openai-chat",
    quirks: { effort: "thinking.type" },
    defaultModel: "glm-5.3"
  },
  {
    id: "alibaba",
    name: "Alibaba Cloud (Qwen)",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    env: ["DASHSCOPE_API_KEY"],
    dialect: "openai-chat",
    quirks: { effort: "enable_thinking" }
  },
  {
    id: "cohere",
    name: "Cohere",
    baseUrl: "https://api.cohere.ai/compatibility/v1",
    env: ["COHERE_API_KEY"],
    dialect: "openai-chat",
    note: "a subset, through Cohere's OpenAI-compatible endpoint"
  },
  {
    id: "perplexity",
    name: "Perplexity",
    baseUrl: "https://api.perplexity.ai",
    env: ["PERPLEXITY_API_KEY"],
    dialect: "openai-chat"
  },
  {
    id: "groq",
    name: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    env: ["GROQ_API_KEY"],
    dialect: "openai-chat",
    defaultModel: "openai/gpt-oss-120b"
  },
  {
    id: "cerebras",
    name: "Cerebras",
    baseUrl: "https://api.cerebras.ai/v1",
    env: ["CEREBRAS_API_KEY"],
    dialect: "openai-chat",
    defaultModel: "gpt-oss-120b"
  },
  {
    id: "together",
    name: "Together AI",
    baseUrl: "https://api.together.xyz/v1",
    env: ["TOGETHER_API_KEY"],
    dialect: "openai-chat",
    defaultModel: "moonshotai/Kimi-K3"
  },
  {
    id: "fireworks",
    name: "Fireworks AI",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    env: ["FIREWORKS_API_KEY"],
    dialect: "openai-chat",
    defaultModel: "accounts/fireworks/models/kimi-k3"
  },
  {
    id: "openrouter",
    name: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    env: ["OPENROUTER_API_KEY"],
    dialect: "openai-chat",
    quirks: { effort: "reasoning.effort" },
    defaultModel: "openai/gpt-5.5"
  },
  {
    id: "vercel",
    name: "Vercel AI Gateway",
    baseUrl: "https://ai-gateway.vercel.sh/v1",
    env: ["AI_GATEWAY_API_KEY", "VERCEL_API_KEY"],
    sharedEnv: ["VERCEL_API_KEY"],
    dialect: "openai-chat",
    defaultModel: "anthropic/claude-sonnet-5.5",
    sourceId: "vercel-ai-gateway"
  },
  {
    id: "nvidia",
    name: "NVIDIA",
    baseUrl: "https://integrate.api.nvidia.com/v1",
    env: ["NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"],
    dialect: "openai-chat"
  },
  {
    id: "huggingface",
    name: "Hugging Face",
    baseUrl: "https://router.huggingface.co/v1",
    env: ["HF_TOKEN", "HUGGINGFACE_HUB_TOKEN", "HUGGINGFACE_API_KEY"],
    sharedEnv: ["HF_TOKEN", "HUGGINGFACE_HUB_TOKEN", "HUGGINGFACE_API_KEY"],
    dialect: "openai-chat"
  },
  {
    id: "github-models",
    name: "GitHub Models",
    baseUrl: "https://models.github.ai/inference",
    env: ["GITHUB_TOKEN"],
    sharedEnv: ["GITHUB_TOKEN"],
    dialect: "openai-chat"
  },
  {
    id: "azure",
    name: "Azure OpenAI",
    baseUrl: "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
    baseUrlEnv: ["AZURE_OPENAI_BASE_URL"],
    env: ["AZURE_OPENAI_API_KEY", "AZURE_API_KEY"],
    dialect: "openai-responses",
    quirks: { developerRole: true, effort: "reasoning_effort" },
    note: "the model is the name of your deployment"
  },
  {
    id: "ollama",
    name: "Ollama",
    baseUrl: "http://localhost:11434/v1",
    env: ["OLLAMA_API_KEY"],
    keyOptional: true,
    local: true,
    dialect: "openai-chat",
    note: "cuts long conversations silently: set the context size in Ollama itself"
  },
  {
    id: "lmstudio",
    name: "LM Studio",
    baseUrl: "http://127.0.0.1:1234/v1",
    env: ["LMSTUDIO_API_KEY", "LM_STUDIO_API_KEY"],
    keyOptional: true,
    local: true,
    dialect: "openai-chat"
  },
  {
    id: "llama.cpp",
    name: "llama.cpp",
    baseUrl: "http://127.0.0.1:8080/v1",
    env: ["LLAMA_API_KEY"],
    keyOptional: true,
    local: true,
    dialect: "openai-chat",
    note: "llama-server; serves the one model it was started with, whatever the name"
  },
  {
    id: "vllm",
    name: "vLLM",
    baseUrl: "http://127.0.0.1:8000/v1",
    env: ["VLLM_API_KEY"],
    keyOptional: true,
    local: true,
    dialect: "openai-chat"
  },
  {
    id: "litellm",
    name: "LiteLLM proxy",
    baseUrl: "http://localhost:4000/v1",
    baseUrlEnv: ["LITELLM_PROXY_API_BASE"],
    env: ["LITELLM_PROXY_API_KEY", "LITELLM_API_KEY"],
    keyOptional: true,
    dialect: "openai-chat"
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
    quirks: { anthropicVersion: "2023-06-01" },
    note: "any server that speaks the Messages API, at llm.base_url with llm.api_key"
  }
]

export const findProvider = (id: string): Provider | undefined => providers.find((provider) => provider.id === id)

/** Why it cannot be used; `undefined` when it can. */
export const clashOf = ({ id, env }: ExtraProvider): string | undefined => {
  if (findProvider(id) !== undefined || id === "scripted")
    return `there is a provider ${id} already; it needs another id`
  const owners = providers.flatMap((known) =>
    [...known.env, ...(known.baseUrlEnv ?? [])].map((name) => [name, known.id])
  )
  for (const name of env) {
    const [, owner] = owners.find(([known]) => known === name) ?? []
    if (owner !== undefined)
      return `${name} is a variable of ${owner}, whose key is sent to nobody else; it needs its own`
    if (name.startsWith("KINTSUGI_")) return `${name} is a variable of Kintsugi; it needs its own`
  }
  return undefined
}
