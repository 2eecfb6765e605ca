/** Who makes models and serves them. */
import type { Provider } from "../provider.ts"
import { chat, effort, glm, kimi3, messages, responses } from "./entry.ts"

export const makers: ReadonlyArray<Provider> = [
  {
    id: "anthropic",
    name: "Anthropic",
    baseUrl: "https://api.anthropic.com",
    baseUrlEnv: ["ANTHROPIC_BASE_URL"],
    env: ["ANTHROPIC_API_KEY"],
    dialect: "anthropic",
    defaultModel: "claude-sonnet-5-5",
    replayed: true
  },
  {
    id: "openai",
    name: "OpenAI",
    baseUrl: "https://api.openai.com/v1",
    baseUrlEnv: ["OPENAI_BASE_URL"],
    env: ["OPENAI_API_KEY"],
    dialect: "openai-responses",
    quirks: { developerRole: true, effort: "reasoning_effort", promptCacheKey: true },
    defaultModel: "gpt-5.5",
    replayed: true
  },
  {
    id: "google",
    name: "Google Gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    env: ["GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY", "GOOGLE_API_KEY"],
    sharedEnv: ["GOOGLE_API_KEY"],
    dialect: "gemini",
    defaultModel: "gemini-pro-latest",
    replayed: true
  },
  chat("mistral", "Mistral", "https://api.mistral.ai/v1", ["MISTRAL_API_KEY"], {
    // It answers 422 to fields that it does not know, `stream_options` among them, and counts unasked (avante.nvim #2347,
    // openai-agents-python #442). The cache key stands in a recorded request that was taken.
    quirks: { callId: { max: 9, alphanumeric: true }, noStreamUsage: true, promptCacheKey: true },
    defaultModel: "devstral-medium-latest",
    replayed: true
  }),
  chat("codestral", "Mistral Codestral", "https://codestral.mistral.ai/v1", ["CODESTRAL_API_KEY"], {
    quirks: { callId: { max: 9, alphanumeric: true }, noStreamUsage: true }
  }),
  chat("deepseek", "DeepSeek", "https://api.deepseek.com", ["DEEPSEEK_API_KEY"], {
    // Content and reasoning must both stand beside calls: pi-catalog's rules for its own models.
    quirks: { effort: "thinking.type", thinkingBack: "reasoning_content", emptyContent: true },
    defaultModel: "deepseek-v4-pro",
    replayed: true
  }),
  chat("xai", "xAI", "https://api.x.ai/v1", ["XAI_API_KEY"], {
    defaultModel: "grok-4.6",
    // Grok's other models answer 400 to an effort.
    routes: [{ models: /^grok-(3-mini|4\.[3567]|4\.20-multi-agent)/, quirks: effort }],
    replayed: true
  }),
  chat("moonshotai", "Moonshot AI", "https://api.moonshot.ai/v1", ["MOONSHOT_API_KEY", "KIMI_API_KEY"], {
    // Some name KIMI_API_KEY here; most keep it for Kimi's coding plan, whose keys this server refuses.
    sharedEnv: ["KIMI_API_KEY"],
    quirks: { thinkingBack: "reasoning_content", effort: "thinking.type" },
    routes: [kimi3],
    defaultModel: "kimi-k2.7-code",
    replayed: true
  }),
  // pi-ai takes the coding plan's address for "zai", pi-catalog the Anthropic-compatible one: both stand among the plans.
  // The key's name is ZAI_… in three sources; models.dev has ZHIPU_API_KEY, which is that of the Chinese platform.
  chat("zai", "Z.AI", "https://api.z.ai/api/paas/v4", ["ZAI_API_KEY", "ZHIPU_API_KEY"], {
    sharedEnv: ["ZHIPU_API_KEY"],
    quirks: glm,
    defaultModel: "glm-5.3",
    replayed: true
  }),
  chat(
    "alibaba",
    "Alibaba Cloud (Qwen)",
    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    // catwalk's "alibaba-singapore" is this address under a name of its own.
    ["DASHSCOPE_API_KEY", "ALIBABA_SINGAPORE_API_KEY"],
    { quirks: { effort: "enable_thinking" }, replayed: true }
  ),
  messages("minimax", "MiniMax", "https://api.minimax.io/anthropic", ["MINIMAX_API_KEY"], {
    defaultModel: "MiniMax-M3",
    note: "its token plan has the same address and key"
  }),
  responses("meta", "Meta Model API", "https://api.meta.ai/v1", ["META_API_KEY", "MODEL_API_KEY"], {
    // Meta has other services with keys, and so has everybody else who says "model".
    sharedEnv: ["META_API_KEY", "MODEL_API_KEY"],
    quirks: effort
  }),
  // The older API of Meta's; Meta and llama.cpp name their keys alike.
  chat("llama", "Meta Llama API", "https://api.llama.com/compat/v1", ["LLAMA_API_KEY"], {
    sharedEnv: ["LLAMA_API_KEY"]
  }),
  chat("xiaomi", "Xiaomi MiMo", "https://api.xiaomimimo.com/v1", ["XIAOMI_API_KEY", "XIAOMI_MIMO_API_KEY"], {
    quirks: { effort: "thinking.type", thinkingBack: "reasoning_content" },
    defaultModel: "mimo-v2.6-pro"
  }),
  {
    id: "cohere",
    name: "Cohere",
    baseUrl: "https://api.cohere.com",
    env: ["COHERE_API_KEY", "CO_API_KEY"],
    dialect: "cohere",
    replayed: true
  },
  chat("perplexity", "Perplexity", "https://api.perplexity.ai", ["PERPLEXITY_API_KEY"], { replayed: true }),
  responses("perplexity-agent", "Perplexity Agent API", "https://api.perplexity.ai/v1", ["PERPLEXITY_API_KEY"]),
  // models.dev has the Chinese host, pi-catalog the international one; they keep accounts apart.
  chat("stepfun", "StepFun", "https://api.stepfun.ai/v1", ["STEPFUN_API_KEY"]),
  chat("nova", "Amazon Nova API", "https://api.nova.amazon.com/v1", ["NOVA_API_KEY"]),
  chat("ai21", "AI21", "https://api.ai21.com/studio/v1", ["AI21_API_KEY"]),
  chat("inception", "Inception", "https://api.inceptionlabs.ai/v1", ["INCEPTION_API_KEY"]),
  chat("upstage", "Upstage", "https://api.upstage.ai/v1/solar", ["UPSTAGE_API_KEY"]),
  chat("sarvam", "Sarvam AI", "https://api.sarvam.ai/v1", ["SARVAM_API_KEY"]),
  chat("sakana", "Sakana AI", "https://api.sakana.ai/v1", ["SAKANA_API_KEY", "FUGU_API_KEY"]),
  chat("poolside", "Poolside", "https://inference.poolside.ai/v1", ["POOLSIDE_API_KEY"]),
  chat("morph", "Morph", "https://api.morphllm.com/v1", ["MORPH_API_KEY"]),
  chat("ant-ling", "Ant Ling", "https://api.ant-ling.com/v1", ["ANT_LING_API_KEY"])
]
