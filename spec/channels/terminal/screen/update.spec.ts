import { describe, expect, it } from "vitest"
import type { AgentNotice } from "../../../../machines/events.ts"
import { expand } from "../../../../channels/terminal/screen/editor.ts"
import { readKeys, splitTyped } from "../../../../channels/terminal/screen/keys.ts"
import { menuOf } from "../../../../channels/terminal/screen/menu.ts"
import { spend } from "../../../../machines/spending.ts"
import { matches } from "../../../../channels/terminal/screen/picker.ts"
import { spent } from "../fake-session.ts"
import { drive, start } from "./drive.ts"

const question = (id: string): AgentNotice => ({
  type: "agent.asked",
  id,
  callId: id,
  tool: "execute_bash",
  input: { command: "rm x" },
  risk: "execute",
  preview: { command: "rm x" },
  rule: "execute_bash(rm x)"
})
const cancelled: AgentNotice = { type: "agent.cancelled", messages: [], spent }

describe("a message", () => {
  it("is sent by enter, is shown, and can be recalled", () => {
    const chat = drive()
    chat.enter("hello")
    expect(chat.effects()).toEqual([{ type: "say", text: "hello" }])
    expect(chat.state().view.done.at(-1)).toEqual({ kind: "user", text: "hello" })
    expect(chat.state().editor.text).toBe("")
    chat.press("up")
    expect(chat.state().editor.text).toBe("hello")
  })

  it("gives the draft back when the arrows return from earlier ones", () => {
    const chat = drive()
    for (const text of ["one", "two"]) chat.enter(text)
    chat.type("draft")
    chat.press("up")
    chat.press("up")
    expect(chat.state().editor.text).toBe("one")
    chat.press("down")
    chat.press("down")
    expect(chat.state().editor.text).toBe("draft")
  })

  it("is sent while the agent works, and shown as queued", () => {
    const chat = drive()
    chat.enter("first")
    chat.enter("second")
    expect(chat.effects()).toHaveLength(2)
    expect(chat.state().view.queued).toEqual([{ id: "second", text: "second" }])
  })

  it("is not sent when it is blank, and goes on after a backslash", () => {
    const chat = drive()
    chat.enter("   ")
    expect(chat.effects()).toEqual([])
    const other = drive()
    other.enter("a\\")
    other.enter("b")
    expect(other.effects()).toEqual([{ type: "say", text: "a\nb" }])
  })

  it.each([
    ["/tmp/a.png", "@/tmp/a.png "],
    ["'/tmp/my picture.JPG' ", '@"/tmp/my picture.JPG" '],
    ["/tmp/my\\ picture.webp", '@"/tmp/my picture.webp" '],
    ["file:///tmp/a.gif", "@/tmp/a.gif "],
    ["/tmp/a.txt", "/tmp/a.txt"],
    ["a.png", "a.png"],
    ["see /tmp/a.png", "see /tmp/a.png"],
    ["/tmp/a.png\n/tmp/b.png", "/tmp/a.png\n/tmp/b.png"]
  ])("mentions an image that is dropped on the terminal: %j", (pasted, text) => {
    const chat = drive()
    chat.paste(pasted)
    expect(chat.state().editor.text).toBe(text)
  })

  it("holds the whole of what was pasted", () => {
    const chat = drive()
    const long = "line\n".repeat(120)
    chat.paste(long)
    chat.enter("end")
    expect(chat.effects()).toEqual([{ type: "say", text: `${long}end` }])
  })

  it("may begin with a path", () => {
    const chat = drive()
    chat.enter("/etc/hosts is wrong")
    expect(chat.effects()).toEqual([{ type: "say", text: "/etc/hosts is wrong" }])
  })
})

describe("a question", () => {
  const asked = (): ReturnType<typeof drive> => {
    const chat = drive()
    chat.enter("go")
    chat.effects()
    chat.notify(question("q1"))
    return chat
  }
  const answers = (chat: ReturnType<typeof drive>) =>
    chat.sent().flatMap((event) => (event.type === "permission.answered" ? [[event.id, event.decision]] : []))

  it.each([
    ["y", "allow"],
    ["a", "always"],
    ["n", "deny"]
  ])("is answered by %s", (key, decision) => {
    const chat = asked()
    chat.wait(400)
    chat.type(key)
    expect(answers(chat)).toEqual([["q1", decision]])
    expect(chat.state().view.questions).toEqual([])
  })

  it("is refused by esc, and decided by arrows and enter", () => {
    const chat = asked()
    chat.wait(400)
    chat.press("escape")
    expect(answers(chat)).toEqual([["q1", "deny"]])
    const other = asked()
    other.wait(400)
    other.press("down")
    other.press("enter")
    expect(answers(other)).toEqual([["q1", "always"]])
  })

  it("is not answered by someone who was typing when it came, however long; that goes on into the prompt", () => {
    const chat = asked()
    for (const letter of "yay") {
      chat.wait(250)
      chat.type(letter)
    }
    expect(answers(chat)).toEqual([])
    expect(chat.state().editor.text).toBe("yay")
    chat.wait(400)
    chat.type("y")
    expect(answers(chat)).toEqual([["q1", "allow"]])
  })

  it("is never answered by pasted text", () => {
    const chat = asked()
    chat.wait(1000)
    chat.paste("y\n")
    expect(answers(chat)).toEqual([])
    expect(chat.state().editor.text).toBe("y\n")
  })

  it("waits its turn, and a double stroke answers only the first", () => {
    const chat = asked()
    chat.notify(question("q2"))
    chat.wait(400)
    chat.type("y")
    chat.type("y")
    expect(answers(chat)).toEqual([["q1", "allow"]])
    chat.wait(400)
    chat.type("n")
    expect(answers(chat)).toEqual([["q2", "deny"]])
  })

  it("leaves ctrl-c its meaning", () => {
    const chat = asked()
    chat.wait(400)
    chat.ctrl("c")
    expect(chat.sent()).toEqual([{ type: "user.cancel" }])
    chat.notify(cancelled)
    expect(chat.state().asking).toBeUndefined()
  })
})

describe("ctrl-c", () => {
  it("stops the turn, then clears the prompt, and leaves when pressed twice", () => {
    const chat = drive()
    chat.enter("go")
    chat.effects()
    chat.ctrl("c")
    expect(chat.sent()).toEqual([{ type: "user.cancel" }])
    chat.notify(cancelled)
    chat.type("draft")
    chat.ctrl("c")
    expect(chat.state().editor.text).toBe("")
    expect(chat.state().hint?.text).toContain("again to leave")
    chat.ctrl("c")
    expect(chat.effects()).toContainEqual({ type: "leave" })
  })

  it("forgets the first after two seconds", () => {
    const chat = drive()
    chat.ctrl("c")
    chat.wait(2500)
    chat.ctrl("c")
    expect(chat.effects()).not.toContainEqual({ type: "leave" })
  })

  it("leaves even when the turn does not stop", () => {
    const chat = drive()
    chat.enter("go")
    for (let press = 0; press < 3; press++) chat.ctrl("c")
    expect(chat.effects()).toContainEqual({ type: "leave" })
  })
})

it("esc stops the turn; ctrl-d leaves an empty prompt and deletes in another", () => {
  const chat = drive()
  chat.enter("go")
  chat.effects()
  chat.press("escape")
  expect(chat.sent()).toEqual([{ type: "user.cancel" }])
  chat.type("ab")
  chat.ctrl("a")
  chat.ctrl("d")
  expect(chat.state().editor.text).toBe("b")
  chat.press("delete")
  chat.ctrl("d")
  expect(chat.effects()).toEqual([{ type: "leave" }])
})

describe("commands", () => {
  it("that do not exist are told, kept in the prompt, and never sent", () => {
    const chat = drive()
    chat.enter("/frobnicate now")
    expect(chat.effects()).toEqual([])
    expect(chat.notes()[0]).toContain("/frobnicate")
    expect(chat.state().editor.text).toBe("/frobnicate now")
  })

  it("are suggested, completed by tab and run by enter", () => {
    const chat = drive()
    chat.type("/cos")
    expect(menuOf(chat.state())?.suggestions.items.map((item) => item.text)).toEqual(["/cost "])
    chat.press("tab")
    expect(chat.state().editor.text).toBe("/cost ")
    chat.press("enter")
    expect(chat.notes()[0]).toContain("cost")
  })

  it("/model picks from a list or takes a name", () => {
    const chat = drive()
    chat.enter("/model openai/gpt")
    expect(chat.sent()).toEqual([{ type: "user.model", model: "openai/gpt" }])
    chat.enter("/model")
    expect(chat.effects()).toEqual([{ type: "fetch", what: "models" }])
    chat.act({
      type: "models",
      models: [
        { id: "a/one", note: "" },
        { id: "b/two", note: "" }
      ]
    })
    chat.type("two")
    chat.press("enter")
    expect(chat.sent()).toEqual([{ type: "user.model", model: "b/two" }])
    expect(chat.state().picker).toBeUndefined()
  })

  it("/model opens its list at the model in use, which stands in it in any case", () => {
    const chat = drive()
    const { model } = chat.state().status
    const open = (...ids: ReadonlyArray<string>) => {
      chat.enter("/model")
      chat.act({ type: "models", models: ids.map((id) => ({ id, note: "1M" })) })
      const { choices = [], selected = -1 } = chat.state().picker ?? {}
      chat.press("escape")
      return [choices.map(({ id, note }) => `${id} ${note}`), choices[selected]?.id]
    }
    expect(open("a/one", model)).toEqual([["a/one 1M", `${model} in use  1M`], model])
    expect(open("a/one")).toEqual([[`${model} in use`, "a/one 1M"], model])
  })

  it("/model offers what has answered in this session, and takes what is typed and stands in no list", () => {
    const chat = drive()
    const { status } = chat.state()
    const spent = spend(status.spent, { model: "mine/helper", cost: 1 })
    chat.act({ type: "status", status: { ...status, spent } })
    chat.enter("/model")
    chat.type("g/g1")
    chat.press("enter")
    expect(chat.sent()).toEqual([])
    chat.act({ type: "models", models: [{ id: "groq/gemma-1", note: "8k" }] })
    const offered = (text: string) => {
      chat.ctrl("u")
      chat.type(text)
      const { picker } = chat.state()
      return picker === undefined ? [] : matches(picker).map(({ id, note }) => `${id} ${note}`)
    }
    expect(offered("helper")).toEqual(["mine/helper used before"])
    expect(offered("groq/gemma-1")).toEqual(["groq/gemma-1 8k"])
    expect(["/x", "x/", "zz", "z z/q q"].flatMap(offered)).toEqual([])
    expect(offered("g/g1")).toEqual(["groq/gemma-1 8k", "g/g1 as typed"])
    expect(offered("zz/q:free")).toEqual(["zz/q:free as typed"])
    chat.press("enter")
    expect(chat.sent()).toEqual([{ type: "user.model", model: "zz/q:free" }])
    chat.ctrl("r")
    expect(offered("zz/q")).toEqual([])
  })

  it("/permissions takes a mode, and shift-tab the next one", () => {
    const chat = drive()
    chat.enter("/permissions auto")
    expect(chat.sent()).toEqual([{ type: "user.permissions", mode: "auto" }])
    chat.press("tab", { shift: true })
    expect(chat.sent()).toEqual([{ type: "user.permissions", mode: "plan" }])
    chat.enter("/permissions everything")
    expect(chat.effects()).toEqual([])
    expect(chat.notes()[0]).toContain("everything")
  })

  it("/sessions offers the others of this folder", () => {
    const chat = drive()
    chat.enter("/sessions")
    const info = { cwd: "/", model: "m", createdAt: 0, updatedAt: 0, messages: 1 }
    chat.act({
      type: "sessions",
      sessions: [
        { ...info, id: chat.state().status.id, title: "this" },
        { ...info, id: "other", title: "that" }
      ],
      now: 60_000
    })
    const { picker } = chat.state()
    expect(picker === undefined ? [] : matches(picker).map(({ label }) => label)).toEqual(["that"])
    chat.effects()
    chat.press("enter")
    expect(chat.effects()).toEqual([{ type: "open", id: "other" }])
  })

  it("/compact and /clear wait for the end of a turn", () => {
    const chat = drive()
    chat.enter("/compact keep the plan")
    expect(chat.sent()).toEqual([{ type: "user.compact", focus: "keep the plan" }])
    chat.enter("go")
    chat.effects()
    chat.enter("/clear")
    expect(chat.effects()).toEqual([])
    expect(chat.notes()[0]).toContain("working")
  })

  it("/thinking and ctrl-t show and hide, /exit and /quit leave", () => {
    const chat = drive()
    chat.enter("/thinking")
    expect(chat.state().thinkingShown).toBe(true)
    chat.ctrl("t")
    expect(chat.state().thinkingShown).toBe(false)
    chat.enter("/quit")
    expect(chat.effects()).toEqual([{ type: "leave" }])
  })
})

describe("mentions", () => {
  it("read the folder once they begin, and stay in the text as they are", () => {
    const chat = drive()
    chat.type("see @")
    expect(chat.effects()).toEqual([{ type: "fetch", what: "files" }])
    chat.act({ type: "files", files: ["README.md", "src/parse.ts", "src/print.ts"] })
    chat.type("pars")
    chat.press("tab")
    expect(chat.state().editor.text).toBe("see @src/parse.ts ")
    chat.enter("please")
    expect(chat.effects()).toEqual([{ type: "say", text: "see @src/parse.ts please" }])
  })

  it("are sent away by esc without stopping anything", () => {
    const chat = drive()
    chat.enter("go")
    chat.act({ type: "files", files: ["a.ts"] })
    chat.type("@a")
    chat.effects()
    chat.press("escape")
    expect(chat.effects()).toEqual([])
    expect(menuOf(chat.state())).toBeUndefined()
    chat.press("escape")
    expect(chat.sent()).toEqual([{ type: "user.cancel" }])
  })

  it("do not begin inside a word, so an address is none", () => {
    const chat = drive()
    chat.type("me@example")
    expect(chat.effects()).toEqual([])
  })
})

it("ctrl-r finds an earlier message", () => {
  const chat = drive()
  for (const text of ["mend the parser", "write the docs"]) chat.enter(text)
  chat.ctrl("r")
  chat.type("pars")
  chat.press("enter")
  expect(expand(chat.state().editor)).toBe("mend the parser")
})

it("a session that is opened again shows its conversation and remembers its messages", () => {
  const chat = drive()
  const transcript = Array.from({ length: 100 }, (_, n) => ({
    role: "user" as const,
    id: `${n}`,
    content: [{ type: "text" as const, text: `message ${n}` }]
  }))
  chat.act({ type: "opened", status: start.status, transcript, questions: [], isBusy: false, now: 0 })
  expect(chat.state().view.done.length).toBeLessThan(70)
  expect(chat.state().view.done.at(-1)).toEqual({ kind: "user", text: "message 99" })
  expect(chat.state().view.before).toHaveLength(40)
  chat.press("up")
  expect(chat.state().editor.text).toBe("message 99")
})

describe("keys", () => {
  const flags = {
    upArrow: false,
    downArrow: false,
    leftArrow: false,
    rightArrow: false,
    pageDown: false,
    pageUp: false,
    home: false,
    end: false,
    return: false,
    escape: false,
    ctrl: false,
    shift: false,
    tab: false,
    backspace: false,
    delete: false,
    meta: false,
    super: false,
    hyper: false,
    capsLock: false,
    numLock: false
  } as const

  it("are told apart by what is held", () => {
    expect(readKeys("", { ...flags, return: true, shift: true })).toEqual([{ type: "key", name: "enter", shift: true }])
    expect(readKeys("b", { ...flags, meta: true })).toEqual([{ type: "key", name: "b", alt: true }])
    expect(readKeys("a", { ...flags, ctrl: true })).toEqual([{ type: "key", name: "a", ctrl: true }])
    expect(readKeys("é", flags)).toEqual([{ type: "text", text: "é" }])
    expect(readKeys("", flags)).toEqual([])
  })

  it("that arrive in one piece are all heard", () => {
    expect(splitTyped("hello\r/exit\r")).toEqual([
      { type: "text", text: "hello" },
      { type: "key", name: "enter" },
      { type: "text", text: "/exit" },
      { type: "key", name: "enter" }
    ])
    expect(splitTyped("a\u0015")).toEqual([
      { type: "text", text: "a" },
      { type: "key", name: "u", ctrl: true }
    ])
  })
})
