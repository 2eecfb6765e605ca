import { truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { converse } from "../../../channels/terminal/conversation.ts"
import type { Action } from "../../../channels/terminal/screen/state.ts"
import type { ItemOptions } from "../../../channels/terminal/text/item.ts"
import { printed } from "../../../channels/terminal/text/item.ts"
import { lineText } from "../../../channels/terminal/text/text.ts"
import { itemsOf } from "../../../channels/terminal/view/transcript.ts"
import { blank, sent } from "../../../channels/terminal/view/view.ts"
import { makeWorld, type World } from "../../actors/world.ts"
import { pictures } from "../pictures.ts"
import { fakeSession } from "./fake-session.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
  writeFileSync(join(world.cwd, "a.png"), pictures.png(20, 10))
})
afterEach(() => world.remove())

/** A chat that remembers what it did to its state. */
const begin = (blindness: ReadonlyArray<string> = []) => {
  const session = fakeSession()
  const actions: Array<Action> = []
  const conversation = converse({
    session,
    cwd: world.cwd,
    open: async () => session,
    dispatch: (action) => actions.push(action),
    blindness: (_, content) => (content.length > 1 ? blindness : []),
    onExtensions: () => {}
  })
  return { session, conversation, actions: () => actions.filter(({ type }) => type !== "opened" && type !== "status") }
}

const data = pictures.png(20, 10).toString("base64")
const image = { type: "image", mime: "image/png", data, name: "a.png" }

describe("a message with images", () => {
  it("is sent with them, and those behind it wait for it", async () => {
    const { session, conversation, actions } = begin()
    conversation.say("see @a.png")
    conversation.say("and this")
    conversation.say("@a.png again")
    await conversation.close()
    expect(session.sent.map((event) => (event.type === "user.message" ? event.content : []))).toEqual([
      [{ type: "text", text: "see @a.png" }, image],
      [{ type: "text", text: "and this" }],
      [{ type: "text", text: "@a.png again" }, image]
    ])
    expect(actions()).toMatchObject([
      { type: "sent", text: "see @a.png", images: ["[image: a.png, 20×10]"] },
      { type: "sent", text: "and this", images: [] },
      { type: "sent", text: "@a.png again" }
    ])
  })

  it("is told at once to be for a model that cannot see", async () => {
    const { conversation, actions } = begin(["x/blind cannot see images"])
    conversation.say("hello")
    conversation.say("see @a.png")
    await conversation.close()
    const note = { type: "item", item: { kind: "note", tone: "warn", text: "x/blind cannot see images" } }
    expect(actions()).toMatchObject([{ type: "sent" }, { type: "sent" }, note])
  })

  it("says below itself which of them do not go along", async () => {
    const { session, conversation, actions } = begin()
    conversation.say("see @b.png")
    await conversation.close()
    const note = { type: "item", item: { kind: "note", tone: "warn", text: "b.png: no such file; it stays text" } }
    expect(actions()).toMatchObject([{ type: "sent", text: "see @b.png", images: [] }, note])
    expect(session.sent).toHaveLength(1)
  })

  it("goes back into the prompt when one of them cannot be sent", async () => {
    truncateSync(join(world.cwd, "a.png"), 5_000_000)
    const { session, conversation, actions } = begin()
    conversation.say("see @a.png")
    conversation.say("later")
    await conversation.close()
    expect(actions()).toMatchObject([
      { type: "item", item: { tone: "bad", text: expect.stringContaining("a.png has 5 MB") } },
      { type: "edited", text: "see @a.png" },
      { type: "sent", text: "later" }
    ])
    expect(session.sent).toHaveLength(1)
  })

  it("shows a line for each, now and when the session is opened again", () => {
    const options: ItemOptions = { width: 60, links: false, thinking: false, calls: true, expanded: false }
    const images = ["[image: a.png, 20×10]"]
    const fresh = sent(blank, { id: "1", text: "see @a.png", images }, 0).done
    const stored = itemsOf([
      {
        role: "user",
        id: "1",
        content: [
          { type: "text", text: "see @a.png" },
          { ...image, type: "image" }
        ]
      }
    ])
    for (const items of [fresh, stored])
      expect(printed(items, 0, options).map(lineText)).toEqual(["› see @a.png", "  [image: a.png, 20×10]"])
  })
})
