/** Whatever a stranger writes: read without harm, told within bounds, and followed nowhere. */
import fc from "fast-check"
import type { Part } from "@a2a-js/sdk"
import { expect, it } from "vitest"
import { within } from "../../../plugins/a2a/origin.ts"
import { pieces } from "../../../plugins/a2a/parts.ts"
import { nothingYet, type TaskEvent, withEvent } from "../../../plugins/a2a/task-view.ts"
import { told } from "../../../plugins/a2a/told.ts"

const kinds = fc.constantFrom("task", "message", "statusUpdate", "artifactUpdate")
const content = fc.record({ $case: fc.constantFrom("text", "raw", "url", "data", "else"), value: fc.anything() })
const part = fc.oneof(fc.anything(), fc.record({ content, filename: fc.anything(), mediaType: fc.anything() }))
const artifact = fc.record({
  artifactId: fc.anything(),
  name: fc.anything(),
  parts: fc.oneof(fc.anything(), fc.array(part))
})
const message = fc.record({ parts: fc.oneof(fc.anything(), fc.array(part)) })
const status = fc.oneof(
  fc.anything(),
  fc.record({ state: fc.oneof(fc.integer({ min: -1, max: 9 }), fc.anything()), message })
)
const value = fc.record({
  id: fc.anything(),
  taskId: fc.anything(),
  contextId: fc.anything(),
  status,
  parts: fc.array(part),
  artifacts: fc.oneof(fc.anything(), fc.array(artifact)),
  artifact: fc.oneof(fc.anything(), artifact),
  append: fc.anything()
})
/** As the SDK hands it over, which checks no field of 0.3. */
const event = fc.record({ $case: kinds, value }).map((one) => one as unknown as TaskEvent)

it("events with anything in their fields are read without harm, and what is told of them is bounded text", () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 3 }), (events) => {
      const view = events.reduce((before, one) => withEvent(before, one), nothingYet)
      const given = JSON.stringify(told("peer", view, { words: 50, name: 10, artifacts: 3 }))
      expect(given).not.toMatch(/[\u0000-\u001f\u202e]|\\u001b/)
      expect(given.length).toBeLessThan(5000)
      for (const id of [view.taskId, view.contextId]) expect(["string", "undefined"]).toContain(typeof id)
    })
  )
})

it("a token is in nothing that is read", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z]{20,30}$/),
      fc.string(),
      fc.dictionary(fc.string(), fc.string()),
      (token, text, data) => {
        const parts: ReadonlyArray<Partial<Part>> = [
          { content: { $case: "text", value: text + token + text } },
          { content: { $case: "data", value: { ...data, [token]: [token] } } },
          { content: { $case: "url", value: `http://x/?${token}` } }
        ]
        expect(JSON.stringify(pieces(parts, token))).not.toContain(token)
      }
    )
  )
})

it("no address leads to another origin than those that the user has named", () => {
  const own = ["https://peer.example", "http://localhost:8080", "http://127.0.0.1:8080"]
  const host = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "peer.example",
      "localhost:8080",
      "127.1:8080",
      "0.0.0.0:8080",
      "[::1]:8080",
      "peer.example@evil.example",
      "169.254.169.254"
    )
  )
  const address = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.constantFrom("http://", "https://", "//", "/", "\\\\", "file://", "javascript:"), host, fc.string())
      .map((all) => all.join(""))
  )
  fc.assert(
    fc.property(fc.constantFrom(...own), address, (url, other) => {
      const found = within({ name: "p", url, origins: ["https://api.example"] }, other)
      if (found !== undefined) expect([new URL(url).origin, "https://api.example"]).toContain(found.origin)
      expect(found?.username ?? "").toBe("")
    })
  )
})
