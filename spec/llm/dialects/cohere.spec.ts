import { describe } from "vitest"
import { cohere } from "../../../llm/dialects/cohere.ts"
import { modelContract } from "../model.contract.ts"
import { cohereChat } from "./cohere.speaker.ts"

describe("cohere", () => {
  modelContract(cohere, cohereChat)
})
