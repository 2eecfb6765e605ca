import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import type { Journal } from "../../actors/journal.ts"
import { memoryJournal } from "../../actors/journal/memory-journal.ts"
import { lastUsed } from "../../actors/last-used.ts"
import type { AgentEvent } from "../../machines/events.ts"

const asked: AgentEvent = { type: "user.message", id: "m", at: 1, content: [{ type: "text", text: "hi" }] }
const failed: AgentEvent = { type: "model.failed", failure: { code: "not_configured", message: "no such provider" } }
const replied: AgentEvent = {
  type: "model.replied",
  message: { role: "assistant", model: "acme/good", content: [{ type: "text", text: "hello" }] },
  finishReason: "stop"
}

describe("the model last used in a folder", () => {
  let journal: Journal
  beforeEach(() => {
    vi.useFakeTimers({ now: 0, toFake: ["Date"] })
    journal = memoryJournal()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const session = (model: string, events: ReadonlyArray<AgentEvent>, cwd = "/here") => {
    vi.setSystemTime(Date.now() + 1000)
    const { id } = journal.create({ cwd, model })
    const writer = journal.write(id)
    for (const event of events) writer.append(event)
    writer.close()
  }

  it("is that of the newest session in which one answered, not one that was only tried", () => {
    session("acme/older", [asked, replied])
    session("acme/good", [asked, replied])
    session("nope/typo", [asked, failed])
    expect(lastUsed(journal, "/here")).toBe("acme/good")
  })

  it("is none where nothing has answered, nor what answered elsewhere", () => {
    session("nope/typo", [asked, failed])
    session("acme/elsewhere", [asked, replied], "/there")
    expect(lastUsed(journal, "/here")).toBeUndefined()
  })

  it("is not sought in what cannot be read", () => {
    session("acme/good", [asked, replied])
    const broken: Journal = {
      ...journal,
      read: () => {
        throw new Error("a damaged row")
      }
    }
    expect(lastUsed(broken, "/here")).toBeUndefined()
  })
})
