/** Servers on the user's own machine, at the ports that their makers give them. */
import type { Provider } from "../provider.ts"
import { effort, onThisMachine } from "./entry.ts"

export const local: ReadonlyArray<Provider> = [
  {
    id: "ollama",
    name: "Ollama",
    baseUrl: "http://127.0.0.1:11434",
    baseUrlEnv: ["OLLAMA_HOST"],
    env: ["OLLAMA_API_KEY"],
    keyOptional: true,
    local: true,
    dialect: "ollama"
  },
  onThisMachine("lmstudio", "LM Studio", "http://127.0.0.1:1234/v1", ["LMSTUDIO_API_KEY", "LM_STUDIO_API_KEY"]),
  onThisMachine("llama.cpp", "llama.cpp", "http://127.0.0.1:8080/v1", ["LLAMA_API_KEY"], {
    sharedEnv: ["LLAMA_API_KEY"],
    quirks: { effort: "chat_template_kwargs", thinkingBack: "reasoning_content" },
    // Recorded so; its template knows no switch.
    routes: [{ models: /gpt-oss/i, quirks: effort }],
    replayed: true,
    note: "llama-server; serves the one model it was started with, whatever the name"
  }),
  onThisMachine("vllm", "vLLM", "http://127.0.0.1:8000/v1", ["VLLM_API_KEY"], {
    quirks: { effort: "chat_template_kwargs" }
  }),
  onThisMachine("sglang", "SGLang", "http://127.0.0.1:30000/v1", [], {
    quirks: { effort: "chat_template_kwargs" }
  }),
  onThisMachine("localai", "LocalAI", "http://127.0.0.1:8080/v1", ["LOCALAI_API_KEY"]),
  onThisMachine("jan", "Jan", "http://127.0.0.1:1337/v1", []),
  onThisMachine("atomic-chat", "Atomic Chat", "http://127.0.0.1:1337/v1", ["ATOMIC_CHAT_API_KEY"]),
  onThisMachine("koboldcpp", "KoboldCpp", "http://127.0.0.1:5001/v1", []),
  onThisMachine("text-generation-webui", "Text generation web UI", "http://127.0.0.1:5000/v1", ["OPENEDAI_API_KEY"]),
  onThisMachine("docker-model-runner", "Docker Model Runner", "http://127.0.0.1:12434/engines/v1", [])
]
