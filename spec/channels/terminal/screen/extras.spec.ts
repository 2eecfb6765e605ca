import { describe, expect, it } from "vitest"
import type { Extras } from "../../../../channels/terminal/screen/extras.ts"
import { isOwnKey } from "../../../../channels/terminal/screen/own-keys.ts"
import { menuOf } from "../../../../channels/terminal/screen/menu.ts"
import { screen } from "../../../../channels/terminal/screen/screen.ts"
import { itemOptions } from "../../../../channels/terminal/app.ts"
import { printed } from "../../../../channels/terminal/text/item.ts"
import { lineText } from "../../../../channels/terminal/text/text.ts"
import { drive } from "./drive.ts"

const extras: Extras = {
  commands: [
    { plugin: "words", name: "count", description: "count the words of a file", argument: "[file]" },
    { plugin: "words", name: "cost", description: "a name that is taken", argument: "" },
    { plugin: "other", name: "count", description: "the second of its name", argument: "" },
    { plugin: "skills", name: "review", description: "look at a change", argument: "[path]", said: true },
    { plugin: "skills", name: "model", description: "a name that is taken", argument: "", said: true }
  ],
  shortcuts: [
    { plugin: "words", key: "alt-w", description: "count what is typed" },
    { plugin: "words", key: "ctrl-a", description: "a key that is taken" },
    { plugin: "other", key: "alt-w", description: "the second of its key" }
  ]
}

const begin = () => {
  const chat = drive()
  chat.act({ type: "extras", extras })
  return chat
}

/** A chat in which `/count` runs. */
const counting = () => {
  const chat = begin()
  chat.enter("/count a.txt")
  chat.effects()
  chat.act({ type: "begun", id: 1, label: "/count a.txt", now: 10_000 })
  return chat
}

type Chat = ReturnType<typeof begin>

const rows = (chat: Chat, now = 10_000): ReadonlyArray<string> =>
  screen(chat.state(), { now, links: false }).lines.map(lineText)

/** What is printed above. */
const above = (chat: Chat): string => {
  const { view } = chat.state()
  const options = itemOptions(chat.state(), { colors: 0, background: "dark", links: false })
  return view.done
    .flatMap((_, at) => printed(view.done, at, options))
    .map(lineText)
    .join("\n")
}

describe("a plugin's command", () => {
  it("that is said is a message as it was typed, with its name from the list; our own names stay ours", () => {
    const chat = begin()
    chat.enter("/review  src/a.ts ")
    expect(chat.effects()).toEqual([{ type: "say", text: "/review  src/a.ts" }])
    chat.type("/revi")
    const menu = menuOf(chat.state())
    expect(menu?.suggestions.items[0]).toMatchObject({ label: "/review [path]", note: "look at a change (skills)" })
    chat.press("enter")
    expect(chat.effects()).toEqual([{ type: "say", text: "/review" }])
    chat.enter("/model")
    expect(chat.effects()).toEqual([{ type: "fetch", what: "models" }])
  })

  it("is run with its argument and goes nowhere else", () => {
    const chat = begin()
    chat.enter("/count  a.txt b.txt ")
    expect(chat.effects()).toEqual([
      {
        type: "extension",
        run: { kind: "command", name: "count", argument: "a.txt b.txt" },
        label: "/count  a.txt b.txt"
      }
    ])
    expect(chat.state().editor.text).toBe("")
  })

  it("does not get the name of one of ours", () => {
    const chat = begin()
    chat.enter("/cost")
    expect(chat.effects()).toEqual([])
    expect(above(chat)).toContain("scripted/fake")
  })

  it("is suggested with the name of its plugin, once", () => {
    const chat = begin()
    chat.type("/coun")
    expect(menuOf(chat.state())?.suggestions.items[0]).toMatchObject({
      label: "/count [file]",
      note: "count the words of a file (words)"
    })
    chat.type("t")
    expect(menuOf(chat.state())?.suggestions.items.filter(({ text }) => text === "/count ")).toHaveLength(1)
  })

  it("says that it runs, and what it tells of its work", () => {
    const chat = counting()
    expect(rows(chat, 13_000).join("\n")).toMatch(/⠋ \/count a\.txt… 3s · esc gives it up$/m)
    chat.act({ type: "told", id: 1, text: "opening\nreading \u001b[2Jpage 2\n" })
    expect(rows(chat).join("\n")).toContain("· reading page 2")
    chat.act({ type: "ended", id: 1, result: {} })
    expect(rows(chat).join("\n")).not.toContain("/count")
    expect(chat.notes()).toEqual(["/count a.txt: done"])
  })

  it("shows Markdown, and says a message in the user's name", () => {
    const chat = counting()
    chat.act({ type: "ended", id: 1, result: { show: "**12** words\u001b]0;owned\u0007", say: "go on" } })
    expect(above(chat)).toContain("12 words")
    expect(above(chat)).not.toMatch(/owned|\*\*/)
    expect(chat.effects()).toEqual([{ type: "say", text: "go on" }])
    expect(chat.state().view.done.at(-1)).toEqual({ kind: "user", text: "go on" })
  })

  it("shows the beginning of what is endless", () => {
    const chat = counting()
    chat.act({ type: "ended", id: 1, result: { show: "x".repeat(1e6) } })
    expect(above(chat)).toContain("950000 more characters")
  })

  it.each(["escape", "ctrl-c"])("is given up by %s; what it says later is dropped, and the agent works on", (key) => {
    const chat = counting()
    chat.notify({ type: "agent.started", messages: [] })
    if (key === "escape") chat.press("escape")
    else chat.ctrl("c")
    expect(chat.effects()).toEqual([{ type: "give-up" }])
    chat.act({ type: "ended", id: 1, result: { show: "late", say: "late" } })
    expect(above(chat)).not.toContain("late")
    expect(chat.effects()).toEqual([])
    chat.press("escape")
    expect(chat.sent()).toEqual([{ type: "user.cancel" }])
  })

  it("waits for the one before it", () => {
    const chat = counting()
    chat.enter("/count b.txt")
    expect(chat.effects()).toEqual([])
    expect(chat.notes().at(-1)).toContain("/count a.txt still runs")
    expect(chat.state().editor.text).toBe("/count b.txt")
  })

  it("of which nobody waits for the first is not taken for the second", () => {
    const chat = counting()
    chat.press("escape")
    chat.act({ type: "begun", id: 2, label: "/count b.txt", now: 10_000 })
    chat.act({ type: "told", id: 1, text: "late" })
    chat.act({ type: "ended", id: 1, result: { show: "late" } })
    expect(chat.state().running).toMatchObject({ id: 2, told: "" })
    expect(above(chat)).not.toContain("late")
  })

  it("belongs to its session: the next one is not told", () => {
    const chat = counting()
    chat.act({
      type: "opened",
      status: chat.state().status,
      transcript: [],
      questions: [],
      isBusy: false,
      now: 10_000
    })
    chat.act({ type: "ended", id: 1, result: { say: "late" } })
    expect(chat.effects()).toEqual([])
  })
})

describe("a command that nobody has", () => {
  it.each([
    ["/cuont", "/count"],
    ["/hlep", "/help"],
    ["/relaod words", "/reload"],
    ["/tre", "/tree"],
    ["/permission", "/permissions"]
  ])("%s is told from %s", (typed, meant) => {
    const chat = begin()
    chat.type(typed)
    chat.press("escape")
    chat.enter()
    expect(chat.notes().at(-1)).toContain(`did you mean ${meant}?`)
    expect(chat.state().editor.text).toBe(typed)
    expect(chat.effects()).toEqual([])
  })

  it("that is like none is only told", () => {
    const chat = begin()
    chat.enter("/zzzzzz")
    expect(chat.notes()).toEqual(["There is no command /zzzzzz; /help lists them. Nothing was sent."])
  })
})

describe("a plugin's key", () => {
  it("runs what stands behind it, and leaves the prompt alone", () => {
    const chat = begin()
    chat.type("half a mess")
    chat.press("w", { alt: true })
    expect(chat.effects()).toEqual([{ type: "extension", run: { kind: "shortcut", key: "alt-w" }, label: "alt-w" }])
    expect(chat.state().editor.text).toBe("half a mess")
  })

  it("is none of ours", () => {
    const chat = begin()
    chat.type("ab")
    chat.ctrl("a")
    expect(chat.effects()).toEqual([])
    expect(chat.state().editor.cursor).toBe(0)
  })

  it("does nothing while a list is open", () => {
    const chat = begin()
    chat.enter("/permissions")
    chat.press("w", { alt: true })
    expect(chat.effects()).toEqual([])
  })

  it("may be any but those that are ours", () => {
    for (const key of ["ctrl-c", "ctrl-d", "ctrl-o", "ctrl-t", "ctrl-z", "ctrl-r", "ctrl-g", "ctrl-p", "ctrl-n"])
      expect(isOwnKey(key)).toBe(true)
    for (const key of [
      "ctrl-a",
      "ctrl-e",
      "ctrl-k",
      "ctrl-u",
      "ctrl-w",
      "ctrl-y",
      "ctrl-j",
      "ctrl-h",
      "alt-b",
      "alt-f"
    ])
      expect(isOwnKey(key)).toBe(true)
    // Enter, tab and escape.
    for (const key of ["ctrl-m", "ctrl-i"]) expect(isOwnKey(key)).toBe(true)
    for (const key of ["ctrl-x", "ctrl-s", "ctrl-q", "alt-x", "alt-1"]) expect(isOwnKey(key)).toBe(false)
  })
})

it("help lists what plugins add, each plugin for itself, and why some of it is not used", () => {
  const chat = begin()
  chat.act({ type: "resized", columns: 120, rows: 60 })
  chat.enter("/help")
  const text = above(chat)
  expect(text).toMatch(
    /plugin words[^]*\/count \[file\] +│? *count the words of a file[^]*alt-w +│? *count what is typed/
  )
  expect(text).toMatch(/\/cost +│? *not used, kintsugi has one of this name: a name that is taken/)
  expect(text).toMatch(/ctrl-a +│? *not used, kintsugi uses this key: a key that is taken/)
  expect(text).toMatch(
    /plugin other[^]*\/count +│? *not used, plugin words has one of this name: the second of its name/
  )
  expect(text).toMatch(/alt-w +│? *not used, plugin words uses this key: the second of its key/)
})

describe("/plugins and /reload", () => {
  it.each([
    ["/plugins", { type: "list" }],
    ["/plugins list", { type: "list" }],
    ["/plugins disable words", { type: "disable", name: "words" }],
    ["/plugins revive words", { type: "revive", name: "words" }],
    ["/reload words", { type: "reload", name: "words" }]
  ])("%s", (typed, order) => {
    const chat = begin()
    chat.enter(typed)
    expect(chat.effects().at(-1)).toEqual({ type: "plugins", order })
  })

  it.each(["/plugins dance words", "/plugins enable", "/plugins enable a b"])("%s says what can be said", (typed) => {
    const chat = begin()
    chat.type(typed)
    chat.press("escape")
    chat.enter()
    expect(chat.effects()).toEqual([])
    expect(chat.notes().at(-1)).toContain("/plugins enable, disable, reload or revive")
  })

  it("orders and names are completed, and /reload alone is a list", () => {
    const chat = begin()
    chat.type("/plugins dis")
    chat.press("tab")
    expect(chat.state().editor.text).toBe("/plugins disable ")
    expect(chat.effects()).toEqual([])
    chat.type("w")
    expect(chat.effects()).toEqual([{ type: "fetch", what: "plugins" }])
    chat.act({ type: "plugins", names: ["words", "other"] })
    chat.type("o")
    chat.enter()
    expect(chat.effects()).toEqual([{ type: "plugins", order: { type: "disable", name: "words" } }])
    chat.enter("/reload")
    expect(chat.effects()).toEqual([{ type: "fetch", what: "plugins" }])
    chat.act({ type: "plugins", names: ["words", "other"] })
    chat.press("down")
    chat.enter()
    expect(chat.effects()).toEqual([{ type: "plugins", order: { type: "reload", name: "other" } }])
  })
})
