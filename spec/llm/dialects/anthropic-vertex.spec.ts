import { describe } from "vitest"
import { anthropicMessages } from "../../../llm/dialects/anthropic.ts"
import { modelContract } from "../model.contract.ts"
import { messages } from "./speakers.ts"

const quirks = { messagesPath: "vertex", anthropicVersion: "2023-06-01", keyHeader: "authorization" } as const

describe("as a model", () => {
  modelContract((options) => anthropicMessages({ ...options, quirks }), {
    ...messages,
    isAsked: (path, body) =>
      path.endsWith("/publishers/anthropic/models/model:streamRawPredict") && body.stream === true && !("model" in body)
  })
})
