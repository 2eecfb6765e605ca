/** What a tool asks, asked line by line: by `run`, and by commands that call tools themselves. */
import { PassThrough } from "node:stream"
import { stripVTControlCharacters } from "node:util"
import { expect, it } from "vitest"
import { askInTerminal } from "../../../channels/cli/ask.ts"
import { inquireInTerminal } from "../../../channels/cli/inquire.ts"
import type { Inquiry } from "../../../plugins/inquiry.ts"
import { answersOf, calls, makeStage, plugin, tool } from "../../actors/stage.ts"
import { attended } from "../../actors/subagents/attended.ts"

const stage = makeStage()

/** A terminal at which each line is typed when the next one is asked for. */
const typing = (lines: ReadonlyArray<string>, isTTY = true) => {
  const stdin = Object.assign(new PassThrough(), { isTTY })
  const stderr = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY })
  const waiting = [...lines]
  let told = ""
  stderr.on("data", (piece: string) => {
    told += piece
    if (!/(>|:) $/.test(told)) return
    const line = waiting.shift()
    if (line === "^D") stdin.end()
    else if (line !== undefined) stdin.write(`${line}\n`)
  })
  const io = { stdin, stderr, stdout: new PassThrough(), env: {}, cwd: "/" }
  return { io, told: () => told }
}

const form: Inquiry = {
  from: "server x\u001b[2J",
  message: "Who shall be greeted?\u202E",
  fields: [
    { name: "name", title: "Name", type: "text", required: true },
    { name: "times", type: "integer", required: false, minimum: 1, default: 2 },
    { name: "tone", type: "choice", required: false, options: [{ value: "7", title: "Warm" }, { value: "d" }] },
    { name: "with", type: "choices", required: false, options: [{ value: "tea" }, { value: "cake" }] }
  ]
}

it("asks each field until it fits, with defaults and numbers for options, and sends after a yes", async () => {
  const { io, told } = typing(["", "Ada", "0", "", "1", "2, tea", "y"])
  expect(await inquireInTerminal(io, form, { whose: "greet" })).toEqual({
    action: "accept",
    content: { name: "Ada", times: 2, tone: "7", with: ["tea", "cake"] }
  })
  const read = stripVTControlCharacters(told())
  expect(read).toMatch(/server x␛\[2J asks \(greet\):\nWho shall be greeted\?<U\+202E>\nWhat you answer goes to/)
  expect(read).toMatch(/Name is required[^]*times must be a whole number, at least 1[^]* {2}1\. Warm\n {2}2\. d\n/)
  expect(told()).not.toContain("\u001b[2J")
})

it.each<[string, ReadonlyArray<string>]>([
  ["a no at the end", ["Ada", "", "", "", "n"]],
  ["anything else there", ["Ada", "", "", "", "sure"]],
  ["the end of the input", ["Ada", "^D"]]
])("is declined by %s", async (_, lines) => {
  expect(await inquireInTerminal(typing(lines).io, form)).toEqual({ action: "decline" })
})

it("shows all of an address, and opens nothing", async () => {
  const url = "https://shop.example.evil.example/login?a=b"
  const { io, told } = typing(["y"])
  expect(await inquireInTerminal(io, { from: "x", message: "Log in", url })).toEqual({ action: "accept", content: {} })
  expect(stripVTControlCharacters(told())).toContain(`\n${url}\n`)
})

it("is cancelled where nobody is, and when it is withdrawn", async () => {
  expect(await inquireInTerminal(typing([], false).io, form)).toMatchObject({ action: "cancel" })
  const gone = new AbortController()
  const reply = inquireInTerminal(typing(["Ada"]).io, form, { signal: gone.signal })
  setImmediate(() => gone.abort())
  expect(await reply).toMatchObject({ action: "cancel" })
})

it("is asked by run, one after another, and not any more once its call is over", async () => {
  const asks = tool("who", async (_, { ask }) => {
    const late = ask({ from: "x", message: "never answered" })
    const { action } = await ask({ from: "x", message: "Sure?" })
    return `${action} ${String(late instanceof Promise)}`
  })
  const { session, notices } = await attended(stage, calls("who"), { plugins: [plugin("spec", [asks])] })
  const { io, told } = typing(["n", "y"])
  const asking = askInTerminal(io, session)
  await session.ask("go")
  asking.unsubscribe()
  expect(answersOf(notices).map(({ data }) => data)).toEqual(["accept true"])
  expect(told()).toMatch(/never answered[^]*Sure\?/)
})
