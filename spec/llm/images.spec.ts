/** Pictures from the user and out of tools' answers, in every dialect: all of them for who can see, a note for who cannot. */
import { describe, expect, it } from "vitest"
import type { Message } from "../../llm/message.ts"
import type { ModelInfo } from "../../llm/model.ts"
import { bodies, dialectNames, idsIn, speaking } from "./bodies.ts"
import { ask } from "./fakes.ts"

const picture = (data: string) => ({ type: "image", mime: "image/png", data }) as const
const call = (id: string) => ({ type: "call", id, name: "shot", input: {} }) as const

const answer = (callId: string, data: string): Message => ({
  role: "tool",
  callId,
  name: "shot",
  success: true,
  content: [{ type: "text", text: "taken" }, picture(data)]
})

const messages: ReadonlyArray<Message> = [
  { role: "user", id: "u1", content: [{ type: "text", text: "compare" }, picture("UUUU")] },
  { role: "assistant", model: "other/model", content: [call("a"), call("b")] },
  answer("a", "AAAA"),
  answer("b", "BBBB"),
  { role: "user", id: "u2", content: [{ type: "text", text: "and?" }] }
]

describe.each(dialectNames)("%s", (dialect) => {
  const sent = (info: ModelInfo): string =>
    JSON.stringify(bodies[dialect](speaking(dialect, { info }), { ...ask(), messages }))

  it.each<ModelInfo>([{}, { images: true }])(
    "shows all pictures, once and in order, to a model of which %j is known",
    (info) => {
      const body = sent(info)
      expect(body.match(/UUUU|AAAA|BBBB/g)).toEqual(["UUUU", "AAAA", "BBBB"])
      const { calls, answers } = idsIn(JSON.parse(body))
      expect(answers).toEqual(calls)
    }
  )

  it("tells a model that cannot see what it misses", () => {
    const body = sent({ images: false })
    expect(body).not.toMatch(/UUUU|AAAA|BBBB/)
    expect(body.match(/image\/png image: this model cannot see images/g)).toHaveLength(3)
  })
})
