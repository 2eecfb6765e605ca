import { setTimeout as pause } from "node:timers/promises"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import type { SessionExtensions } from "../../../actors/session-extensions.ts"
import type { ToolCall } from "../../../llm/message.ts"
import type { AgentNotice, UserEvent } from "../../../machines/events.ts"
import type { SessionNode } from "../../../plugins/session-node.ts"
import { chat, type ChatOptions } from "../../../channels/terminal/chat.ts"
import { run } from "../../../channels/terminal/full.ts"
import { run as runPlain } from "../../../channels/terminal/plain.ts"
import { quiet } from "../../../channels/terminal/screen/question.ts"
import { child, health } from "../../actors/tree-views.ts"
import { type FakeOptions, type FakeSession, fakeSession, spent } from "./fake-session.ts"
import { fakePlugins, pluginView } from "./fake-plugins.ts"
import { type FakeTerminal, fakeTerminal } from "./fake-terminal.ts"

const theme = { colors: 256, background: "dark", links: false } as const

const replied = (text: string): ReadonlyArray<AgentNotice> => [
  { type: "agent.said", message: { role: "assistant", model: "m", content: [{ type: "text", text }] } },
  { type: "agent.replied", text, verified: false, messages: [], spent }
]

const optionsOf = (open: ChatOptions["open"]): ChatOptions => ({
  open,
  sessions: () => [
    { id: "other", cwd: "/", title: "another one", model: "m", createdAt: 0, updatedAt: 0, messages: 1 }
  ],
  models: async () => [{ id: "a/one", note: "" }],
  release: async () => {},
  heals: { list: async () => [], find: async () => undefined, accept: async () => [], undo: async () => [] },
  plugins: fakePlugins([
    pluginView("words", { version: "1.0.0", tools: ["count"] }),
    pluginView("deploy", { tier: "npm", state: "broken", reason: "is no plugin" })
  ]),
  health: () => health([child("plugin:git", { state: "quarantined" })], { pid: process.pid }),
  ui: { theme: "auto", show_thinking: false, show_tool_calls: true },
  notes: ["model: fake (for the spec)"],
  version: "1.2.3",
  cwd: process.cwd()
})

const point = (
  id: string,
  parent: string | null,
  message: string,
  children: ReadonlyArray<string> = []
): SessionNode => ({
  id,
  parent_id: parent,
  message,
  children,
  label: "",
  metadata: { role: "user", head: id === "2" },
  created_at: 0
})

const points = [point("0", null, "first", ["1", "2"]), point("1", "0", "one way"), point("2", "0", "another way")]

const asked: AgentNotice = {
  type: "agent.asked",
  id: "q",
  callId: "c",
  tool: "execute_bash",
  input: {},
  risk: "execute",
  preview: { command: "rm x" },
  rule: "execute_bash(rm x)"
}

interface Begun {
  readonly session: FakeSession
  readonly terminal: FakeTerminal
  readonly ended: Promise<string | undefined>
  readonly messages: () => ReadonlyArray<string>
  readonly opened: ReadonlyArray<FakeSession>
}

const begin = (
  size: readonly [number, number] = [80, 24],
  react?: (event: UserEvent, session: FakeSession) => void,
  start = run,
  more: Pick<FakeOptions, "extensions" | "nodes" | "transcript"> = {}
): Begun => {
  const session = fakeSession({ ...(react && { react }), ...more })
  const terminal = fakeTerminal(...size)
  const opened: Array<FakeSession> = []
  const open = async (id?: string): Promise<FakeSession> => {
    if (id === "held") throw new Error("another process writes this session")
    const next = fakeSession({
      id: id ?? "new",
      transcript: [{ role: "user", id: "1", content: [{ type: "text", text: "said before" }] }]
    })
    opened.push(next)
    return next
  }
  const banner = { kind: "banner", version: "1.2.3", folder: "~/x", notes: ["a note"] } as const
  const ended = start({ options: optionsOf(open), session, theme, banner, terminal })
  onTestFinished(async () => {
    terminal.type("\u0003")
    terminal.type("\u0003\u0003\u0003")
    terminal.stdin.push(null)
    await ended
  })
  const messages = () =>
    session.sent.flatMap((event) =>
      event.type === "user.message" ? event.content.flatMap((block) => (block.type === "text" ? [block.text] : [])) : []
    )
  return { session, terminal, ended, messages, opened }
}

describe.each([
  [80, 24],
  [40, 12],
  [20, 8]
] as const)("at %i columns and %i rows", (columns, rows) => {
  it("a message is typed, and answered in a stream", async () => {
    const { terminal, messages } = begin([columns, rows], (event, session) => {
      if (event.type !== "user.message") return
      session.notify({ type: "agent.started", messages: [event.id] })
      for (const word of ["Uno", " dos", "\n\nTres", " **cua"]) session.notify({ type: "agent.text", delta: word })
      setTimeout(
        () => session.notify({ type: "agent.text", delta: "tro**\n" }, ...replied("Uno dos\n\nTres **cuatro**\n")),
        60
      )
    })
    await terminal.until("a note")
    terminal.type("hello")
    terminal.type("\r")
    await terminal.until(/Uno dos[^]*Tres cuatro/)
    // The turn's last line follows the reply.
    await terminal.until(/Tres cuatro[^]*\d\.\ds/)
    expect(messages()).toEqual(["hello"])
  })
})

it("pasted lines are one message", async () => {
  const { terminal, messages } = begin()
  await terminal.until("a note")
  terminal.type("\u001b[200~first\nsecond\r\nthird\u001b[201~")
  await terminal.until("third")
  terminal.type("\r")
  await terminal.until(/waiting for the model/)
  expect(messages()).toEqual(["first\nsecond\nthird"])
})

it("a question is answered with one key, and the call's diff is printed", async () => {
  const call: ToolCall = { type: "call", id: "c", name: "edit_file", input: { path: "a.ts" } }
  const diff = "--- a/a.ts\n+++ b/a.ts\n@@ -1,1 +1,1 @@\n-old line\n+new line\n"
  const { terminal, session } = begin([80, 30], (event, self) => {
    if (event.type === "user.message") {
      self.notify(
        { type: "agent.started", messages: [event.id] },
        { type: "agent.said", message: { role: "assistant", model: "m", content: [call] } }
      )
      self.notify({
        type: "agent.asked",
        id: "q",
        callId: "c",
        tool: "edit_file",
        input: call.input,
        risk: "write",
        preview: { diff },
        rule: "edit_file(a.ts)"
      })
    }
    if (event.type === "permission.answered") {
      self.notify({ type: "agent.answered", id: "q", decision: event.decision }, { type: "agent.acting", call })
      self.notify({ type: "agent.settled", call, answer: { success: true, diff } }, ...replied("Changed."))
    }
  })
  await terminal.until("a note")
  terminal.type("go\r")
  await terminal.until("Allow edit_file?")
  // Whoever types at once is taken to be still writing a message.
  await pause(quiet + 50)
  terminal.type("y")
  await terminal.until("✓ edit_file")
  expect(session.sent.filter((event) => event.type === "permission.answered")).toEqual([
    { type: "permission.answered", id: "q", decision: "allow" }
  ])
  await terminal.until("Changed.")
  expect(terminal.text()).toContain("1 + new line")
})

it("what broke is told in its colour, what was mended in gold, and nothing of a plugin writes to the terminal", async () => {
  const nasty = "a\u001b]52;c;eA==\u0007b\u001b[2Jc"
  const calls = ["crashing", "guessing", "patched"].map((name): ToolCall => ({
    type: "call",
    id: name,
    name,
    input: {}
  }))
  const [crashing, guessing, patched] = calls as [ToolCall, ToolCall, ToolCall]
  const { terminal } = begin([80, 40], (event, session) => {
    if (event.type !== "user.message") return
    session.notify(
      { type: "agent.started", messages: [event.id] },
      { type: "agent.said", message: { role: "assistant", model: "m", content: calls } },
      {
        type: "agent.settled",
        call: crashing,
        answer: { success: false, errorClass: "execution_error", error: nasty, outcome: "contained" }
      },
      {
        type: "agent.settled",
        call: guessing,
        answer: { success: true, data: "12:00", outcome: "degraded", degraded: [`${nasty} invented`] }
      },
      { type: "agent.settled", call: patched, answer: { success: true, data: "12", outcome: "healed", seam: "s1" } },
      { type: "agent.plugin", plugin: "words", state: "quarantined", reason: nasty },
      ...replied("Done.")
    )
  })
  await terminal.until("a note")
  terminal.type("go\r")
  await terminal.until("plugin words is quarantined: abc")
  await terminal.until(/guessing {2}degraded[^]*lost: abc invented/)
  expect(terminal.raw()).toContain("\u001b[31mcontained, execution_error")
  expect(terminal.raw()).toContain("\u001b[33mdegraded")
  expect(terminal.raw()).toContain("\u001b[38;5;179mhealed, seam s1")
  expect(terminal.raw()).not.toContain("]52;")
  expect(terminal.raw()).not.toContain("\u001b[2J")
})

it("model text cannot write to the terminal", async () => {
  const { terminal } = begin([80, 24], (event, session) => {
    if (event.type === "user.message")
      session.notify(...replied("a\u001b]0;owned\u0007b\u001b[2Jc\u009b5md `\u001b]52;c;eA==\u0007`"))
  })
  await terminal.until("a note")
  terminal.type("go\r")
  await terminal.until("abcd")
  expect(terminal.raw()).not.toContain("owned")
  expect(terminal.raw()).not.toContain("]52;")
  expect(terminal.raw()).not.toContain("\u001b[2J")
})

it("leaving closes the session and gives the terminal back as it was", async () => {
  const { terminal, session, ended } = begin()
  await terminal.until("a note")
  expect(terminal.isRaw()).toBe(true)
  terminal.type("/exit\r")
  expect(await ended).toBeUndefined()
  expect(session.isClosed()).toBe(true)
  expect(terminal.isRaw()).toBe(false)
  expect(terminal.raw().lastIndexOf("\u001b[?25h")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001b[?25l"))
  expect(terminal.raw().lastIndexOf("\u001b[?2004l")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001b[?2004h"))
})

it("another session takes over: the old one is closed, its conversation is printed, messages go to it", async () => {
  const { terminal, session, opened, ended } = begin()
  await terminal.until("a note")
  terminal.type("/sessions\r")
  await terminal.until("another one")
  terminal.type("\r")
  await terminal.until("said before")
  terminal.type("next\r")
  await terminal.until(/waiting for the model/)
  expect(session.isClosed()).toBe(true)
  expect(opened[0]?.sent).toMatchObject([{ type: "user.message" }])
  terminal.type("\u0003\u0003\u0003")
  expect(await ended).toBe("other")
})

it("what a session refuses is told and nothing breaks", async () => {
  const { terminal, session } = begin()
  await terminal.until("a note")
  terminal.type("/model nonsense\r")
  await terminal.until("there is no model nonsense")
  terminal.type("still here\r")
  await terminal.until(/waiting for the model/)
  expect(session.sent.at(-1)?.type).toBe("user.message")
})

it("the whole conversation opens on a screen of its own and nothing printed meanwhile is lost", async () => {
  const { terminal, session } = begin([60, 20])
  await terminal.until("a note")
  const data = Array.from({ length: 10_000 }, (_, n) => `row ${n}`).join("\n")
  const call: ToolCall = { type: "call", id: "c", name: "execute_bash", input: { command: "seq" } }
  session.notify(
    { type: "agent.started", messages: [] },
    { type: "agent.settled", call, answer: { success: true, data } }
  )
  await terminal.until("9,996 more lines")
  expect(terminal.text()).not.toContain("row 500\n")
  terminal.type("\u000f")
  await terminal.until(/% of 100\d\d lines/)
  expect(terminal.raw()).toContain("\u001b[?1049h")
  session.notify(...replied("Said meanwhile."), { type: "agent.started", messages: [] }, asked)
  await terminal.until("the agent waits for your answer")
  terminal.type("\u001b[H")
  await terminal.until(/row 1[^]*row 9/)
  terminal.type("q")
  await terminal.until("Said meanwhile.")
  await terminal.until("Allow execute_bash?")
  expect(terminal.raw().lastIndexOf("\u001b[?1049l")).toBeGreaterThan(terminal.raw().lastIndexOf("\u001b[?1049h"))
})

it("/health prints the tree, also while the agent works, and sends nothing", async () => {
  const { terminal, session, messages } = begin()
  await terminal.until("a note")
  session.notify({ type: "agent.started", messages: ["1"] })
  terminal.type("/health")
  terminal.type("\r")
  await terminal.until(new RegExp(`${process.pid} {2}/work {2}degraded[^]*└─ plugin:git {2}quarantined`))
  expect(messages()).toEqual([])
})

it("/heals asks the ledger and sends nothing; what it refuses is told", async () => {
  const { terminal, session } = begin([100, 40])
  await terminal.until("a note")
  terminal.type("/heals\r")
  await terminal.until("Nothing was mended yet.")
  terminal.type("/heals show s1\r")
  await terminal.until("There is no seam s1; /heals lists them.")
  expect(session.sent).toEqual([])
})

it("a smaller window while it streams leaves one prompt", async () => {
  const { terminal, session } = begin([100, 30])
  await terminal.until("a note")
  session.notify(
    { type: "agent.started", messages: [] },
    {
      type: "agent.text",
      delta: "Streaming a text that goes on and on and on until it is wider than the window will be."
    }
  )
  await terminal.until("until it is")
  const before = terminal.text().length
  terminal.resize(30, 10)
  await terminal.until("say more while it works", before)
  for (const row of terminal
    .text()
    .slice(before)
    .split(/[\r\n]+/))
    expect(row.length).toBeLessThanOrEqual(60)
})

describe("what plugins add", () => {
  const commands = () => [{ plugin: "words", name: "count", description: "count words", argument: "[text]" }]

  it("a command is run, tells of its work, shows Markdown and speaks for the user", async () => {
    const asked: Array<string> = []
    const runCommand: SessionExtensions["runCommand"] = async (name, argument, { onProgress } = {}) => {
      asked.push(`${name} ${argument}`)
      onProgress?.("half way")
      await pause(50)
      return { show: `It has **${argument.split(" ").length}** words.`, say: "remember that" }
    }
    const { terminal, messages } = begin([80, 24], undefined, run, { extensions: { commands, runCommand } })
    await terminal.until("a note")
    terminal.type("/count one two three\r")
    await terminal.until("half way")
    await terminal.until("It has 3 words.")
    await terminal.until(/waiting for the model/)
    expect(asked).toEqual(["count one two three"])
    expect(messages()).toEqual(["remember that"])
  })

  it("one that hangs is told to stop and given up on esc; a plugin that comes later brings its keys", async () => {
    let stopped: unknown
    const { terminal, session } = begin([80, 24], undefined, run, {
      extensions: {
        commands,
        runCommand: (_, __, { signal } = {}) => {
          signal?.addEventListener("abort", () => (stopped = true))
          return new Promise(() => {})
        }
      }
    })
    await terminal.until("a note")
    terminal.type("/count x\r")
    await terminal.until("esc gives it up")
    terminal.type("\u001b")
    await terminal.until("/count x: given up")
    expect(stopped).toBe(true)
    session.offer({
      shortcuts: () => [{ plugin: "keys", key: "alt-w", description: "say it" }],
      pressShortcut: async (key) => ({ show: `pressed ${key}` })
    })
    terminal.type("\u001bw")
    await terminal.until("pressed alt-w")
  })

  it("widgets stand above the prompt and in the status line", async () => {
    const { terminal } = begin([80, 24], undefined, run, {
      extensions: {
        widgets: () => [
          { plugin: "build", name: "state", place: "above", every: 60 },
          { plugin: "git", name: "branch", place: "status", every: 60 }
        ],
        renderWidget: async (plugin) => (plugin === "build" ? "build is green" : "on main")
      }
    })
    await terminal.until("build is green")
    await terminal.until("· on main")
  })

  it("plugins are listed and asked for; what cannot be is told", async () => {
    const { terminal } = begin([100, 30])
    await terminal.until("a note")
    terminal.type("/plugins\r")
    await terminal.until(/✓ words 1\.0\.0 +local +healthy +1 tool[^]*✗ deploy +npm +broken +is no plugin/)
    terminal.type("/reload words\r")
    await terminal.until("words was loaded anew")
    terminal.type("/plugins revive nobody\r")
    await terminal.until("there is no plugin nobody")
  })
})

it("a point of the session is named, and one goes on from another", async () => {
  const transcript = [{ role: "user" as const, id: "1", content: [{ type: "text" as const, text: "said there" }] }]
  const { terminal, session } = begin([80, 30], undefined, run, { nodes: points })
  await terminal.until("a note")
  terminal.type("/fork before\r")
  await terminal.until("this point is before (#2); /switch before comes back to it")
  session.set({ transcript })
  terminal.type("/tree\r")
  await terminal.until(/› first[^]*├─ › one way[^]*└─ › another way {2}you are here/)
  terminal.type("\u001b[A")
  terminal.type("\r")
  await terminal.until(/── from #1 ──[^]*› said there/)
  terminal.type("/switch nowhere\r")
  await terminal.until("there is no point nowhere")
})

describe("where the cursor cannot be moved", () => {
  it("a plugin's command is run and says so; points are chosen by number", async () => {
    const { terminal } = begin([80, 24], undefined, runPlain, {
      extensions: {
        commands: () => [{ plugin: "words", name: "count", description: "", argument: "" }],
        runCommand: async (_, argument) => ({ show: `counted **${argument}**` })
      },
      nodes: points
    })
    terminal.type("/count abc\n")
    await terminal.until(/\/count abc … ctrl-c gives it up[^]*counted abc/)
    terminal.type("/cuont\n")
    await terminal.until("did you mean /count?")
    // The wrong command does not stay in the prompt, which is not seen here.
    terminal.type("/tree\n")
    await terminal.until(/1\. › first[^]*3\. └─ › another way/)
    terminal.type("2\n")
    await terminal.until("from #1")
  })

  it("lines go in and finished lines come out", async () => {
    const { terminal, messages } = begin(
      [80, 24],
      (event, session) => {
        if (event.type === "user.message")
          session.notify({ type: "agent.started", messages: [event.id] }, ...replied("An **answer**."))
      },
      (options) => runPlain({ ...options, theme: { colors: 0, background: "unknown", links: false } })
    )
    terminal.type("hello\n")
    await terminal.until("An answer.")
    expect(messages()).toEqual(["hello"])
    expect(terminal.raw()).not.toContain("\u001b")
  })

  it("a form is asked field by field, until each line fits", async () => {
    const fields: Inquiry["fields"] = [
      { name: "name", type: "text", required: true },
      { name: "tone", type: "choice", required: true, options: [{ value: "w", title: "Warm" }, { value: "d" }] }
    ]
    const inquiry: Inquiry = { from: "server x", message: "Who?\u001b[2J", url: "https://a.example.evil/", fields }
    const { terminal, session } = begin(
      [80, 24],
      (event, self) => {
        if (event.type !== "user.message") return
        self.notify({ type: "agent.started", messages: [event.id] })
        const about = { id: "q", callId: "c", tool: "greet", input: {}, risk: "read", preview: {}, rule: "" } as const
        self.notify({ ...about, type: "agent.asked", inquiry })
      },
      runPlain
    )
    terminal.type("hello\n")
    await terminal.until(/server x asks \(greet\)[^]*Who\?␛\[2J[^]*https:\/\/a\.example\.evil\/[^]*name \(required\)/)
    await pause(quiet + 50)
    terminal.type("\n")
    await terminal.until("name is required")
    terminal.type("Ada\n")
    await terminal.until(/tone \(required\)\s+1\. Warm\s+2\. d/)
    terminal.type("3\n")
    await terminal.until("tone must be one of Warm, d")
    terminal.type("2\n")
    await terminal.until("Send it?")
    terminal.type("y\n")
    const content = { name: "Ada", tone: "d" }
    await vi.waitFor(() =>
      expect(session.sent).toContainEqual({ type: "permission.answered", id: "q", decision: "allow", content })
    )
  })

  it("a question is asked in words and answered by a line", async () => {
    const { terminal, session } = begin(
      [80, 24],
      (event, self) => {
        if (event.type === "user.message") {
          self.notify({ type: "agent.started", messages: [event.id] })
          self.notify({
            type: "agent.asked",
            id: "q",
            callId: "c",
            tool: "execute_bash",
            input: {},
            risk: "execute",
            preview: { command: "rm x" },
            rule: "execute_bash(rm x)"
          })
        }
        if (event.type === "permission.answered") self.notify(...replied("Refused."))
      },
      runPlain
    )
    terminal.type("go\n")
    await terminal.until("rm x")
    await pause(quiet + 50)
    terminal.type("n\n")
    await terminal.until("Refused.")
    expect(session.sent.find((event) => event.type === "permission.answered")).toMatchObject({
      id: "q",
      decision: "deny"
    })
  })
})

it("without a terminal chat says what to use instead", async () => {
  await expect(chat(optionsOf(async () => fakeSession()))).rejects.toThrow("kintsugi run")
})
