import { describe } from "vitest"
import { anthropicMessages } from "../../../llm/dialects/anthropic.ts"
import { modelContract } from "../model.contract.ts"
import { messages } from "./speakers.ts"

describe("as a model", () => {
  modelContract(anthropicMessages, messages)
})
