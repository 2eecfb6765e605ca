import { describe } from "vitest"
import { openaiResponses } from "../../../llm/dialects/openai-responses.ts"
import { modelContract } from "../model.contract.ts"
import { responses } from "./speakers.ts"

describe("as a model", () => {
  modelContract(openaiResponses, responses)
})
