/** Who passes requests on to the models of others, under one key. */
import type { Provider } from "../provider.ts"
import { chat, oldMessages, responses, thinkingReturns } from "./entry.ts"

export const gateways: ReadonlyArray<Provider> = [
  chat("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", ["OPENROUTER_API_KEY"], {
    // Claude behind it caches what it is told to cache, everybody else unasked: its page on prompt caching.
    quirks: { effort: "reasoning.effort", cacheControl: /^anthropic\// },
    defaultModel: "openai/gpt-5.5",
    replayed: true
  }),
  chat("vercel", "Vercel AI Gateway", "https://ai-gateway.vercel.sh/v1", ["AI_GATEWAY_API_KEY", "VERCEL_API_KEY"], {
    sharedEnv: ["VERCEL_API_KEY"],
    // `reasoning` stands in recorded requests that were taken; who must be told what to cache, its page on caching says.
    quirks: { effort: "reasoning.effort", cacheControl: /^(anthropic|minimax)\// },
    routes: thinkingReturns,
    defaultModel: "anthropic/claude-sonnet-5.5",
    replayed: true
  }),
  // pi-ai 1.5.2 has /inference/… instead of /zen; the other three sources and OpenCode's own page have this.
  chat("opencode", "OpenCode Zen", "https://opencode.ai/zen/v1", ["OPENCODE_API_KEY"], {
    routes: [
      { models: /^claude-/, dialect: "anthropic", baseUrl: "https://opencode.ai/zen", quirks: oldMessages },
      { models: /^gpt-/, dialect: "openai-responses", quirks: { effort: "reasoning_effort" } },
      { models: /^gemini-/, dialect: "gemini" },
      ...thinkingReturns
    ]
  }),
  chat("requesty", "Requesty", "https://router.requesty.ai/v1", ["REQUESTY_API_KEY"]),
  chat("zenmux", "ZenMux", "https://zenmux.ai/api/v1", ["ZENMUX_API_KEY"], {
    routes: [
      { models: /^anthropic\//, dialect: "anthropic", baseUrl: "https://zenmux.ai/api/anthropic", quirks: oldMessages },
      ...thinkingReturns
    ]
  }),
  chat("llmgateway", "LLM Gateway", "https://api.llmgateway.io/v1", ["LLMGATEWAY_API_KEY"]),
  chat("helicone", "Helicone", "https://ai-gateway.helicone.ai/v1", ["HELICONE_API_KEY"], {
    sharedEnv: ["HELICONE_API_KEY"]
  }),
  chat("kilo", "Kilo Gateway", "https://api.kilo.ai/api/gateway", ["KILO_API_KEY"], { routes: thinkingReturns }),
  chat("github-models", "GitHub Models", "https://models.github.ai/inference", ["GITHUB_TOKEN"], {
    sharedEnv: ["GITHUB_TOKEN"]
  }),
  chat("aihubmix", "AIHubMix", "https://aihubmix.com/v1", ["AIHUBMIX_API_KEY"]),
  chat("nano-gpt", "NanoGPT", "https://nano-gpt.com/api/v1", ["NANO_GPT_API_KEY", "NANOGPT_API_KEY"], {
    routes: thinkingReturns
  }),
  chat("poe", "Poe", "https://api.poe.com/v1", ["POE_API_KEY"]),
  chat("aimlapi", "AI/ML API", "https://api.aimlapi.com/v1", ["AIMLAPI_API_KEY"], { routes: thinkingReturns }),
  chat("302ai", "302.AI", "https://api.302.ai/v1", ["302AI_API_KEY"], {
    note: "shells refuse to set a variable that begins with a digit: store the key instead"
  }),
  chat("abacus", "Abacus.AI", "https://routellm.abacus.ai/v1", ["ABACUS_API_KEY"]),
  chat("anyapi", "AnyAPI", "https://api.anyapi.ai/v1", ["ANYAPI_API_KEY"]),
  chat("apertis", "Apertis", "https://api.stima.tech/v1", ["STIMA_API_KEY"]),
  chat("assemblyai", "AssemblyAI LLM Gateway", "https://llm-gateway.assemblyai.com/v1", ["ASSEMBLYAI_API_KEY"], {
    // Set by those who transcribe.
    sharedEnv: ["ASSEMBLYAI_API_KEY"]
  }),
  chat("auriko", "Auriko", "https://api.auriko.ai/v1", ["AURIKO_API_KEY"]),
  chat("cortecs", "Cortecs", "https://api.cortecs.ai/v1", ["CORTECS_API_KEY"]),
  chat("fastrouter", "FastRouter", "https://go.fastrouter.ai/api/v1", ["FASTROUTER_API_KEY"]),
  // Its main address speaks Messages in models.dev; this is the one it names beside it.
  chat("freemodel", "FreeModel", "https://api.freemodel.dev/v1", ["FREEMODEL_API_KEY"], {
    routes: [{ models: /^claude-/, dialect: "anthropic", baseUrl: "https://cc.freemodel.dev", quirks: oldMessages }]
  }),
  chat("llmtr", "LLMTR", "https://llmtr.com/v1", ["LLMTR_API_KEY"]),
  chat("orcarouter", "OrcaRouter", "https://api.orcarouter.ai/v1", ["ORCAROUTER_API_KEY"]),
  chat("routing-run", "routing.run", "https://ai.routing.sh/v1", ["ROUTING_RUN_API_KEY"]),
  responses("vivgrid", "Vivgrid", "https://api.vivgrid.com/v1", ["VIVGRID_API_KEY"])
]
