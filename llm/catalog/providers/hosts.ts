/** Who serves open models that others have made. */
import type { Provider } from "../provider.ts"
import { chat, effort, kimi3, thinkingReturns } from "./entry.ts"

export const hosts: ReadonlyArray<Provider> = [
  chat("groq", "Groq", "https://api.groq.com/openai/v1", ["GROQ_API_KEY"], {
    // Stands in recorded requests that were taken; Qwen there knows "none" and "default" only (Groq's page on reasoning).
    quirks: effort,
    routes: [{ models: /qwen/, quirks: { efforts: { low: "default", medium: "default", high: "default" } } }],
    defaultModel: "openai/gpt-oss-120b",
    replayed: true
  }),
  chat("cerebras", "Cerebras", "https://api.cerebras.ai/v1", ["CEREBRAS_API_KEY"], {
    // Its reference knows no other limit; the effort is recorded.
    quirks: { maxTokensField: "max_completion_tokens", ...effort },
    // GLM and Qwen know "none" there; GLM's thinking goes back as `reasoning` (recorded).
    routes: [
      { models: /glm/, quirks: { efforts: {}, thinkingBack: "reasoning" } },
      { models: /qwen/, quirks: { efforts: {} } }
    ],
    defaultModel: "gpt-oss-120b",
    replayed: true
  }),
  // Three sources say .xyz, one .ai; both are Together's.
  chat("together", "Together AI", "https://api.together.xyz/v1", ["TOGETHER_API_KEY"], {
    routes: [{ models: /gpt-oss/, quirks: effort }, kimi3, ...thinkingReturns],
    defaultModel: "moonshotai/Kimi-K3"
  }),
  chat("fireworks", "Fireworks AI", "https://api.fireworks.ai/inference/v1", ["FIREWORKS_API_KEY"], {
    quirks: effort,
    routes: [kimi3, ...thinkingReturns],
    defaultModel: "accounts/fireworks/models/kimi-k3"
  }),
  chat("baseten", "Baseten", "https://inference.baseten.co/v1", ["BASETEN_API_KEY"], {
    quirks: effort,
    routes: [kimi3],
    defaultModel: "moonshotai/Kimi-K3"
  }),
  chat("deepinfra", "DeepInfra", "https://api.deepinfra.com/v1/openai", ["DEEPINFRA_API_KEY"]),
  chat("nvidia", "NVIDIA", "https://integrate.api.nvidia.com/v1", ["NVIDIA_API_KEY", "NVIDIA_NIM_API_KEY"], {
    // Otherwise it answers 202 to what takes longer than a few minutes, and wants to be asked again elsewhere.
    headers: { "NVCF-POLL-SECONDS": "3600" },
    routes: [
      { models: /deepseek/, quirks: { effort: "thinking.type", thinkingBack: "reasoning_content" } },
      { models: /qwen|glm/, quirks: { effort: "chat_template_kwargs" } }
    ]
  }),
  chat(
    "huggingface",
    "Hugging Face",
    "https://router.huggingface.co/v1",
    ["HF_TOKEN", "HUGGINGFACE_HUB_TOKEN", "HUGGINGFACE_API_KEY"],
    {
      sharedEnv: ["HF_TOKEN", "HUGGINGFACE_HUB_TOKEN", "HUGGINGFACE_API_KEY"],
      routes: thinkingReturns,
      replayed: true
    }
  ),
  chat("ollama-cloud", "Ollama Cloud", "https://ollama.com/v1", ["OLLAMA_API_KEY", "OLLAMA_CLOUD_API_KEY"], {
    replayed: true
  }),
  chat("sambanova", "SambaNova", "https://api.sambanova.ai/v1", ["SAMBANOVA_API_KEY"]),
  // pi-catalog adds /v1, models.dev does not.
  chat("novita", "Novita AI", "https://api.novita.ai/openai/v1", ["NOVITA_API_KEY"], { routes: thinkingReturns }),
  chat("nebius", "Nebius Token Factory", "https://api.tokenfactory.nebius.com/v1", ["NEBIUS_API_KEY"]),
  chat("chutes", "Chutes", "https://llm.chutes.ai/v1", ["CHUTES_API_KEY"]),
  chat("friendli", "Friendli", "https://api.friendli.ai/serverless/v1", ["FRIENDLI_TOKEN"]),
  // models.dev has inference.net/v1, Portkey this one.
  chat("inference", "Inference.net", "https://api.inference.net/v1", ["INFERENCE_API_KEY"]),
  chat("io-net", "io.net", "https://api.intelligence.io.solutions/api/v1", ["IOINTELLIGENCE_API_KEY", "IONET_API_KEY"]),
  chat("gmicloud", "GMI Cloud", "https://api.gmi-serving.com/v1", ["GMICLOUD_API_KEY", "GMI_API_KEY"]),
  // LiteLLM has managed-inference-api-proxy.crusoecloud.com; this one was recorded.
  chat("crusoe", "Crusoe", "https://api.inference.crusoecloud.com/v1", ["CRUSOE_API_KEY"], { replayed: true }),
  chat("avian", "Avian", "https://api.avian.io/v1", ["AVIAN_API_KEY"], {
    // Stands in recorded requests that were taken.
    quirks: { thinkingBack: "reasoning_content" },
    replayed: true
  }),
  chat("wandb", "Weights & Biases", "https://api.inference.wandb.ai/v1", ["WANDB_API_KEY", "COREWEAVE_API_KEY"], {
    // Set by everybody who logs experiments there.
    sharedEnv: ["WANDB_API_KEY", "COREWEAVE_API_KEY"]
  }),
  chat("digitalocean", "DigitalOcean", "https://inference.do-ai.run/v1", ["DIGITALOCEAN_ACCESS_TOKEN"], {
    sharedEnv: ["DIGITALOCEAN_ACCESS_TOKEN"]
  }),
  chat("vultr", "Vultr", "https://api.vultrinference.com/v1", ["VULTR_API_KEY"], { sharedEnv: ["VULTR_API_KEY"] }),
  chat("siliconflow", "SiliconFlow", "https://api.siliconflow.com/v1", ["SILICONFLOW_API_KEY"]),
  chat("synthetic", "Synthetic", "https://api.synthetic.new/openai/v1", ["SYNTHETIC_API_KEY"]),
  chat("venice", "Venice AI", "https://api.venice.ai/api/v1", ["VENICE_API_KEY"], { routes: thinkingReturns }),
  chat("atlascloud", "Atlas Cloud", "https://api.atlascloud.ai/v1", ["ATLASCLOUD_API_KEY"]),
  chat("clarifai", "Clarifai", "https://api.clarifai.com/v2/ext/openai/v1", ["CLARIFAI_PAT"]),
  chat("inceptron", "Inceptron", "https://api.inceptron.io/v1", ["INCEPTRON_API_KEY"]),
  chat("neuralwatt", "Neuralwatt", "https://api.neuralwatt.com/v1", ["NEURALWATT_API_KEY"]),
  chat("tinfoil", "Tinfoil", "https://inference.tinfoil.sh/v1", ["TINFOIL_API_KEY"]),
  chat("submodel", "SubModel", "https://llm.submodel.ai/v1", ["SUBMODEL_INSTAGEN_ACCESS_KEY"]),
  chat("salad-cloud", "SaladCloud", "https://ai.salad.cloud/v1", ["SALAD_CLOUD_API_KEY"]),
  chat("hpc-ai", "HPC-AI", "https://api.hpc-ai.com/inference/v1", ["HPC_AI_API_KEY"]),
  chat("lilac", "Lilac", "https://api.getlilac.com/v1", ["LILAC_API_KEY"]),
  chat("mixlayer", "Mixlayer", "https://models.mixlayer.ai/v1", ["MIXLAYER_API_KEY"]),
  chat("ambient", "Ambient", "https://api.ambient.xyz/v1", ["AMBIENT_API_KEY"]),
  chat("nearai", "NEAR AI Cloud", "https://cloud-api.near.ai/v1", ["NEARAI_API_KEY"]),
  chat("publicai", "Public AI", "https://api.publicai.co/v1", ["PUBLICAI_API_KEY"]),
  chat("dinference", "DInference", "https://api.dinference.com/v1", ["DINFERENCE_API_KEY"]),
  chat("crof", "CrofAI", "https://crof.ai/v1", ["CROF_API_KEY"]),
  chat("meganova", "MegaNova", "https://api.meganova.ai/v1", ["MEGANOVA_API_KEY"]),
  chat("the-grid-ai", "The Grid AI", "https://api.thegrid.ai/v1", ["THEGRIDAI_API_KEY"]),
  chat("pioneer", "Pioneer", "https://api.pioneer.ai/v1", ["PIONEER_API_KEY"]),
  chat("llamagate", "LlamaGate", "https://api.llamagate.dev/v1", ["LLAMAGATE_API_KEY"]),
  chat("claudinio", "Claudinio", "https://api.claudin.io/v1", ["CLAUDINIO_API_KEY"]),
  chat("aiand", "ai&", "https://api.aiand.com/v1", ["AIAND_API_KEY"]),
  chat("subconscious", "Subconscious", "https://api.subconscious.dev/v1", ["SUBCONSCIOUS_API_KEY"]),
  chat("lucidquery", "LucidQuery", "https://api.lucidquery.com/v1", ["LUCIDQUERY_API_KEY"]),
  chat("xpersona", "Xpersona", "https://www.xpersona.co/v1", ["XPERSONA_API_KEY"]),
  chat("frogbot", "FrogBot", "https://app.frogbot.ai/api/v1", ["FROGBOT_API_KEY"]),
  chat("zeldoc", "Zeldoc", "https://api.zeldoc.ai/v1", ["ZELDOC_API_KEY"]),
  // models.dev and pi-catalog name the two keys in the opposite order; the shorter is the newer.
  chat("abliteration-ai", "abliteration.ai", "https://api.abliteration.ai/v1", ["ABLITERATION_API_KEY", "ABLIT_KEY"])
]
