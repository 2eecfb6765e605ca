/** The chat with a session that plays scenes, one for each message: for looking at it without a model or a runtime. */
import { setTimeout as wait } from "node:timers/promises"
import { chat } from "../../../channels/terminal/chat.ts"
import type { ToolCall } from "../../../llm/message.ts"
import { type FakeSession, fakeSession, spent } from "./fake-session.ts"

const poem = `# A heading

Some **bold** text with \`inline code\`, *italics*, ~~gone~~ and a [link](https://example.com/page).

## A list

- one
- two with a longer text that must be wrapped when the terminal is not wide enough to hold all of it on one line
  1. nested one
  2. nested two
- [x] done
- [ ] not done

> A quotation
> of two lines

| name | width | 漢字 |
| --- | ---: | :-: |
| plain | 1 | あ |
| 東京 | 1234 | 👍 |

\`\`\`ts
// A comment
export const answer = (question: string): number => {
  return question === "life" ? 42 : 0
}
\`\`\`

---

The end. 日本語のとても長い文章は行の終わりで折り返されなければなりませんので、ここに書いておきます。
`

const stream = async (session: FakeSession, text: string, size = 7, delay = 8): Promise<void> => {
  for (let at = 0; at < text.length; at += size) {
    session.notify({ type: "agent.text", delta: text.slice(at, at + size) })
    await wait(delay)
  }
}

const said = (session: FakeSession, text: string, calls: ReadonlyArray<ToolCall> = []): void => {
  const content = [...(text === "" ? [] : [{ type: "text" as const, text }]), ...calls]
  session.set({ spent, contextUsed: 31_000 })
  session.notify({ type: "agent.said", message: { role: "assistant", model: "scripted/fake", content } })
}

const end = (session: FakeSession, text: string): void =>
  session.notify({ type: "agent.replied", text, verified: false, messages: [], spent })

const call = (id: string, name: string, input: unknown): ToolCall => ({ type: "call", id, name, input })

const diff = `--- a/src/math.ts\n+++ b/src/math.ts\n@@ -1,5 +1,6 @@\n export const add = (a: number, b: number) => {\n-  return a - b\n+  return a + b\n }\n \n+export const zero = 0\n export const one = 1\n`

let answered: ((decision: string) => void) | undefined
let cancelled = false

const scenes: Readonly<Record<string, (session: FakeSession) => Promise<void>>> = {
  md: async (session) => {
    await stream(session, poem)
    said(session, poem)
    end(session, poem)
  },
  think: async (session) => {
    for (let n = 0; n < 40; n++) {
      session.notify({ type: "agent.thinking", delta: `I wonder about step ${n}. ` })
      await wait(50)
    }
    await stream(session, "It is done.")
    said(session, "It is done.")
    end(session, "It is done.")
  },
  edit: async (session) => {
    const edit = call("c1", "edit_file", { path: "src/math.ts", old_string: "a - b", new_string: "a + b" })
    said(session, "I will mend the sign.", [edit])
    session.notify({
      type: "agent.asked",
      id: "q1",
      callId: "c1",
      tool: "edit_file",
      input: edit.input,
      risk: "write",
      preview: { paths: ["/tmp/project/src/math.ts"], diff },
      rule: "edit_file(src/**)"
    })
    const decision = await new Promise<string>((resolve) => (answered = resolve))
    session.notify({ type: "agent.answered", id: "q1", decision: decision as "allow" })
    if (decision === "deny") {
      session.notify({
        type: "agent.settled",
        call: edit,
        answer: { success: false, errorClass: "permission_denied", error: "the user refused this call" }
      })
    } else {
      session.notify({ type: "agent.acting", call: edit })
      await wait(300)
      session.notify({
        type: "agent.settled",
        call: edit,
        answer: { success: true, summary: "edited src/math.ts", diff }
      })
    }
    said(session, "Done.")
    end(session, "Done.")
  },
  bash: async (session) => {
    const run = call("c2", "execute_bash", { command: "npm test -- --reporter verbose" })
    said(session, "", [run])
    session.notify({ type: "agent.acting", call: run })
    let all = ""
    for (let n = 1; n <= 30 && !cancelled; n++) {
      const line = `line ${n} \u001b[31mred\u001b[0m of the output\n`
      all += line
      session.notify({ type: "agent.progressed", callId: "c2", text: line })
      await wait(100)
    }
    if (cancelled) return session.notify({ type: "agent.cancelled", messages: [], spent })
    session.notify({
      type: "agent.settled",
      call: run,
      answer: { success: false, errorClass: "execution_error", error: "exit code 1", data: all, summary: "exit code 1" }
    })
    said(session, "The tests fail.")
    end(session, "The tests fail.")
  },
  long: async (session) => {
    const run = call("c3", "execute_bash", { command: "seq 10000" })
    said(session, "", [run])
    session.notify({ type: "agent.acting", call: run })
    await wait(200)
    session.notify({
      type: "agent.settled",
      call: run,
      answer: {
        success: true,
        data: Array.from({ length: 10_000 }, (_, n) => `line ${n + 1}`).join("\n"),
        summary: "exit code 0"
      }
    })
    said(session, "Ten thousand lines.")
    end(session, "Ten thousand lines.")
  },
  many: async (session) => {
    const calls = ["a.ts", "b.ts", "src/deep/folder/c.ts"].map((path, n) => call(`m${n}`, "read_file", { path }))
    said(session, "I read three files.", calls)
    for (const each of calls) session.notify({ type: "agent.acting", call: each })
    await wait(800)
    for (const each of [...calls].reverse()) {
      session.notify({
        type: "agent.settled",
        call: each,
        answer: { success: true, data: "x\n".repeat(50), summary: "50 lines" }
      })
      await wait(300)
    }
    said(session, "Read.")
    end(session, "Read.")
  },
  fast: async (session) => {
    const text = `${poem}\n`.repeat(40)
    await stream(session, text, 200, 0)
    said(session, text)
    end(session, text)
  },
  retry: async (session) => {
    await stream(session, "This will break off in the")
    session.notify({
      type: "agent.retrying",
      attempt: 2,
      delay: 3000,
      reason: "anthropic broke off in the middle of its answer"
    })
    await wait(3000)
    await stream(session, "This is whole.")
    said(session, "This is whole.")
    end(session, "This is whole.")
  },
  fail: async (session) => {
    session.notify({
      type: "agent.failed",
      failure: { code: "unauthorized", message: "anthropic refused the key; check ANTHROPIC_API_KEY" },
      messages: [],
      spent
    })
  },
  crash: async () => {
    setTimeout(() => {
      throw new Error("a bug somewhere")
    }, 100)
    await wait(1000)
  }
}

const session = (id?: string): FakeSession =>
  fakeSession({
    ...(id !== undefined && { id }),
    react: (event, self) => {
      if (event.type === "permission.answered") answered?.(event.decision)
      if (event.type === "user.cancel") cancelled = true
      if (event.type !== "user.message") return
      cancelled = false
      const text = event.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("")
      self.notify({ type: "agent.started", messages: [event.id] })
      const scene = scenes[text.trim()]
      setTimeout(() => void (scene?.(self) ?? (said(self, `You said: ${text}`), end(self, `You said: ${text}`))), 200)
    }
  })

await chat({
  open: async (resume) => session(resume),
  sessions: () => [
    {
      id: "aaaa1111",
      cwd: "/tmp",
      title: "mend the tests",
      model: "scripted/fake",
      createdAt: 0,
      updatedAt: Date.now() - 3_600_000,
      messages: 3
    },
    {
      id: "bbbb2222",
      cwd: "/tmp",
      title: "write a parser",
      model: "scripted/fake",
      createdAt: 0,
      updatedAt: Date.now() - 86_400_000,
      messages: 12
    }
  ],
  models: async () =>
    ["anthropic/claude-x", "openai/gpt-y", "ollama/qwen"].map((id) => ({
      id,
      note: "200k  $3 in, $15 out per million tokens"
    })),
  ui: { theme: "auto", show_thinking: false, show_tool_calls: true },
  notes: ["model: scripted/fake (from the command line)"],
  version: "0.1.0",
  cwd: process.cwd()
})
