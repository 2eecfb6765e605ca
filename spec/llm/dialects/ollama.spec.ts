import { describe } from "vitest"
import { ollama } from "../../../llm/dialects/ollama.ts"
import { modelContract } from "../model.contract.ts"
import { ollamaChat } from "./ollama.speaker.ts"

describe("ollama", () => {
  modelContract(ollama, ollamaChat)
})
