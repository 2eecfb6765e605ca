import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AgentNotice } from "../../../../machines/events.ts"
import { wipe } from "../../../../channels/terminal/text/reflow.ts"
import { screen } from "../../../../channels/terminal/screen/screen.ts"
import { type Action, initial, type State } from "../../../../channels/terminal/screen/state.ts"
import { statusLine, statusOf } from "../../../../channels/terminal/screen/status.ts"
import { lineText, lineWidth, say } from "../../../../channels/terminal/text/text.ts"
import { update } from "../../../../channels/terminal/screen/update.ts"
import { fakeSession, nothingSpent, spent } from "../fake-session.ts"

const status = statusOf(fakeSession().view())
const begin = (columns: number, rows: number): State =>
  initial({ status, thinkingShown: true, callsShown: true, columns, rows })
const play = (state: State, actions: ReadonlyArray<Action>): State =>
  actions.reduce((before, action) => update(before, action).state, state)
const rows = (state: State, now = 1000) =>
  screen(state, { now, links: false }).lines.map((line) => lineText(line).trimEnd())
const notice = (each: AgentNotice): Action => ({ type: "notice", notice: each, now: 0 })
const call = { type: "call" as const, id: "a", name: "execute_bash", input: { command: "npm test" } }
const question: AgentNotice = {
  type: "agent.asked",
  id: "q",
  callId: "a",
  tool: "execute_bash",
  input: {},
  risk: "execute",
  preview: { command: Array.from({ length: 60 }, (_, n) => `echo ${n}`).join("\n") },
  rule: "execute_bash(echo *)"
}

const actions: ReadonlyArray<Action> = [
  { type: "sent", id: "1", text: "hello", now: 0 },
  { type: "sent", id: "2", text: "and more\nlines", now: 0 },
  { type: "key", key: { type: "text", text: "typed 日本語 text" }, now: 0 },
  { type: "key", key: { type: "key", name: "j", ctrl: true }, now: 0 },
  { type: "key", key: { type: "text", text: "/" }, now: 0 },
  { type: "paste", text: "x\n".repeat(30), now: 0 },
  { type: "paste", text: "some words ".repeat(40), now: 0 },
  { type: "key", key: { type: "key", name: "r", ctrl: true }, now: 0 },
  notice({
    type: "agent.text",
    delta: "Streaming **text** that is long enough to be wrapped more than once on a narrow screen.\n\n```js\n"
  }),
  notice({ type: "agent.text", delta: "code line\n".repeat(8) }),
  notice({ type: "agent.thinking", delta: "I think about it. ".repeat(30) }),
  notice({ type: "agent.said", message: { role: "assistant", model: "m", content: [call, { ...call, id: "b" }] } }),
  notice({ type: "agent.acting", call }),
  notice({ type: "agent.progressed", callId: "a", text: "output\n".repeat(20) }),
  notice(question),
  notice({
    type: "agent.settled",
    call,
    answer: {
      success: true,
      data: { plan: { goal: "a goal", steps: [{ id: "1", text: "one step ".repeat(30), state: "running" }] } }
    }
  }),
  { type: "widgets", widgets: [{ plugin: "p", name: "n", place: "above", text: "row of a widget\n".repeat(9) }] },
  { type: "begun", id: 1, label: "/count something long enough to be cut", now: 0 },
  { type: "told", id: 1, text: "telling of its work" },
  notice({ type: "agent.retrying", attempt: 2, delay: 5000, reason: "the server is overloaded and said so at length" })
]

describe("the changing part of the screen", () => {
  it("never fills the screen, never exceeds its width, and holds its cursor", () => {
    fc.assert(
      fc.property(
        fc.subarray([...actions]),
        fc.integer({ min: 20, max: 120 }),
        fc.integer({ min: 6, max: 50 }),
        (done, columns, height) => {
          const { lines, cursor } = screen(play(begin(columns, height), done), { now: 1000, links: false })
          expect(lines.length).toBeLessThan(height)
          for (const line of lines) expect(lineWidth(line)).toBeLessThan(columns)
          if (cursor !== undefined) {
            expect(cursor.y).toBeLessThan(lines.length)
            expect(cursor.x).toBeLessThan(columns)
          }
        }
      )
    )
  })

  it("is a prompt and a status line when nothing happens", () => {
    expect(rows(begin(60, 24))).toEqual([
      "",
      "─".repeat(59),
      "› ask for anything; / for commands, @ for files",
      "─".repeat(59),
      "ask · scripted/fake · 0192f3a4"
    ])
  })

  it("puts the cursor behind what is typed, wide characters counted", () => {
    const { lines, cursor } = screen(
      play(begin(60, 24), [{ type: "key", key: { type: "text", text: "日本x" }, now: 0 }]),
      { now: 0, links: false }
    )
    expect(lineText(lines[cursor?.y ?? 0] ?? [])).toBe("› 日本x")
    expect(cursor?.x).toBe(7)
  })

  it("says what the agent does and for how long", () => {
    const working = play(begin(60, 24), [{ type: "sent", id: "1", text: "go", now: 0 }])
    expect(rows(working, 12_000)).toContain("⠋ waiting for the model… 12s · esc to stop")
    const calling = play(working, [
      notice({ type: "agent.started", messages: [] }),
      notice({ type: "agent.calling", callId: "a", name: "write_file" })
    ])
    expect(rows(calling, 3000).join("\n")).toContain("preparing write_file… 3s")
  })

  it("asks with the command, the risk, the rule and three choices", () => {
    const asked = rows(play(begin(60, 24), [{ type: "sent", id: "1", text: "go", now: 0 }, notice(question)])).join(
      "\n"
    )
    for (const part of [
      "Allow execute_bash? runs a command",
      "$ echo 0",
      "more (pgdn)",
      "› y yes, once",
      "a always in this session: execute_bash(echo *)",
      "n no"
    ])
      expect(asked).toContain(part)
  })

  it("scrolls a long command to its end", () => {
    const asked = play(begin(60, 24), [{ type: "sent", id: "1", text: "go", now: 0 }, notice(question)])
    const down: Action = { type: "key", key: { type: "key", name: "pagedown" }, now: 5000 }
    expect(rows(asked).join("\n")).not.toContain("echo 59")
    expect(
      rows(
        play(
          asked,
          Array.from({ length: 9 }, () => down)
        )
      ).join("\n")
    ).toContain("echo 59")
  })

  it("shows control characters of a command instead of obeying or hiding them", () => {
    const sneaky: AgentNotice = { ...question, preview: { command: "ls\u001b[2K\rrm -rf ~" } }
    const asked = rows(play(begin(60, 24), [{ type: "sent", id: "1", text: "go", now: 0 }, notice(sneaky)])).join("\n")
    expect(asked).toContain("ls␛[2K␍rm -rf ~")
  })

  it("says above a change what the change does not show", () => {
    const diff = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"
    const asked = rows(
      play(begin(80, 30), [notice({ ...question, preview: { diff, summary: "hooks will run: lint" } })])
    )
    const said = asked.findIndex((row) => row.includes("hooks will run: lint"))
    expect(said).toBeGreaterThan(0)
    expect(asked.findIndex((row) => row.includes("new"))).toBeGreaterThan(said)
  })

  it("says what goes to an address, and which files with it", () => {
    const preview = { url: "http://127.0.0.1:1/a2a", summary: "to tester: run it", paths: ["/elsewhere/a.txt"] }
    const asked = rows(play(begin(80, 30), [notice({ ...question, preview })])).join("\n")
    for (const said of ["http://127.0.0.1:1/a2a", "to tester: run it", "/elsewhere/a.txt"])
      expect(asked).toContain(said)
  })

  it("says which subagent asks", () => {
    const asked = play(begin(80, 30), [notice({ ...question, agent: "look\u001b[2J around" })])
    expect(rows(asked).join("\n")).toContain("Allow execute_bash? runs a command · subagent: look␛[2J around")
  })

  it("shows the plan while the agent works on it, above what it does, with room for the prompt", () => {
    const steps = Array.from({ length: 30 }, (_, at) => ({
      id: `${at}`,
      text: `step ${at}`,
      state: "pending" as const
    }))
    const settled = notice({
      type: "agent.settled",
      call,
      answer: { success: true, data: { plan: { goal: "mend it", steps } } }
    })
    const working = play(begin(60, 24), [{ type: "sent", id: "1", text: "go", now: 0 }, settled])
    const seen = rows(working)
    expect(seen.join("\n")).toMatch(/plan 0\/30 mend it\n {2}☐ step 0\n[^]*… \d+ more\n\n⠋ waiting for the model/)
    expect(seen.length).toBeLessThan(15)
    const over: AgentNotice = { type: "agent.replied", text: "", verified: false, messages: [], spent }
    expect(rows(play(working, [notice(over)])).join("\n")).not.toContain("mend it")
  })

  it("shows what is queued", () => {
    const queued = rows(
      play(begin(60, 24), [
        { type: "sent", id: "1", text: "go", now: 0 },
        { type: "sent", id: "2", text: "also this", now: 0 }
      ])
    )
    expect(queued).toContain("› also this  (queued)")
  })
})

describe("the status line", () => {
  const full = { ...status, spent, contextUsed: 40_000, contextWindow: 200_000 }
  const text = (width: number, change = {}) => lineText(statusLine({ ...full, ...change }, width))

  it("drops what matters least when it is narrow", () => {
    expect(text(100)).toBe("ask · scripted/fake · 20% context · $0.0421 · 12.3k in 678 out · 0192f3a4")
    expect(text(62)).toBe("ask · scripted/fake · 20% context · $0.0421 · 12.3k in 678 out")
    expect(text(45)).toBe("ask · scripted/fake · 20% context · $0.0421")
    expect(text(20)).toBe("ask · scripted/fake")
  })

  it("never shows an unknown cost as nothing", () => {
    expect(text(100, { spent: { usage: spent.usage } })).toContain("cost unknown")
    expect(text(100, { spent: nothingSpent })).not.toContain("$")
  })

  it("counts what works in the background, and plugins have their word last", () => {
    expect(text(100, { background: 2 })).toContain("scripted/fake · 2 in background · 20% context")
    const more = [say("on main"), say("12 tests")]
    expect(lineText(statusLine(full, 100, more))).toMatch(/0192f3a4 · on main · 12 tests$/)
    expect(lineText(statusLine(full, 84, more))).toMatch(/0192f3a4 · on main$/)
    expect(lineText(statusLine(full, 62, more))).toMatch(/678 out$/)
  })

  it("fits every width", () => {
    for (let width = 1; width < 90; width++) expect(lineWidth(statusLine(full, width))).toBeLessThanOrEqual(width)
  })
})

describe("a screen that becomes narrower", () => {
  const frame = { lines: [say("x".repeat(50)), say("short"), say("y".repeat(90))], cursor: { x: 2, y: 1 } }

  it("is wiped from where its first row broke to", () => {
    // 50 columns broken at 40 are two rows, so the cursor's row is two below the top.
    expect(wipe(frame, 40, { TERM: "xterm-256color" })).toBe("\r\u001b[2A\u001b[J\n\n\n\u001b[2A")
  })

  it("is wiped row by row where terminals cut rows instead of breaking them", () => {
    const byRow = "\r\u001b[1A\u001b[J\n\n\n\u001b[2A"
    expect(wipe(frame, 40, { TERM: "linux" })).toBe(byRow)
    expect(wipe(frame, 40, { TERM: "xterm", XTERM_VERSION: "XTerm(379)" })).toBe(byRow)
  })
})
