/** The command as editors start it: `acpx`, a client of others, drives it through a prompt, permissions, a cancel and a reload. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFile, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { Readable, Writable } from "node:stream"
import { client, ndJsonStream, type SessionUpdate } from "@agentclientprotocol/sdk"
import { expect, onTestFinished, test } from "vitest"
import { begin, bin, type Place, place } from "../../program.ts"

const acpx = join(dirname(createRequire(import.meta.url).resolve("acpx/package.json")), "dist/cli.js")

const script = {
  rules: [
    {
      when: "write",
      turns: [
        { text: "I write it.", calls: [{ tool: "write_file", input: { path: "a.txt", content: "new\n" } }] },
        { text: "Written." }
      ]
    },
    { when: "wait", turns: [{ text: "Waiting.", calls: [{ tool: "execute_bash", input: { command: "sleep 60" } }] }] },
    { when: ".", turns: [{ text: "You said: {{message}}" }] }
  ]
}

interface Frame {
  readonly method?: string
  readonly params?: { readonly update?: SessionUpdate; readonly sessionId?: string }
  readonly result?: Readonly<Record<string, unknown>>
}

/** A folder in which the agent's model is scripted. */
const prepared = async (): Promise<Place & { readonly agent: string }> => {
  const at = await place()
  onTestFinished(() => at[Symbol.asyncDispose]())
  const file = join(at.home, "script.yaml")
  await writeFile(file, JSON.stringify(script))
  return Object.assign(at, { agent: `${process.execPath} ${bin} acp -m scripted/${file}` })
}

const driven = (at: Awaited<ReturnType<typeof prepared>>, ...args: ReadonlyArray<string>) =>
  begin(at, ["--agent", at.agent, "--format", "json", "--timeout", "20", ...args], { program: acpx })

const framesIn = (text: string): ReadonlyArray<Frame> =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))

test("acpx gets an answer, has a file written, and may refuse it", async () => {
  const [yes, no] = await Promise.all([prepared(), prepared()])
  const [approved, denied] = await Promise.all([
    driven(yes, "--approve-all", "exec", "please write").ended,
    driven(no, "--deny-all", "exec", "please write").ended
  ])
  expect(approved).toMatchObject({ code: 0 })
  expect(approved.stdout).toContain('"stopReason":"end_turn"')
  expect(approved.stdout).toContain("Written.")
  expect(await readFile(join(yes.cwd, "a.txt"), "utf8")).toBe("new\n")
  expect(denied).toMatchObject({ code: 5 })
  await expect(readFile(join(no.cwd, "a.txt"))).rejects.toThrow("ENOENT")
})

test("acpx cancels a turn and goes on with its session; a client loads it; the input's end ends the agent", async () => {
  const at = await prepared()
  const { child, ended } = driven(at, "--approve-all", "exec", "wait for it")
  let heard = ""
  child.stdout?.on("data", (piece: Buffer) => {
    const isNew = !heard.includes('"in_progress"')
    heard += piece
    if (isNew && heard.includes('"in_progress"')) child.kill("SIGINT")
  })
  const frames = framesIn((await ended).stdout)
  expect(frames.at(-1)?.result).toEqual({ stopReason: "cancelled" })
  const session = frames.find(({ params }) => params?.sessionId !== undefined)?.params?.sessionId ?? ""

  const [resumed, loaded] = [
    await driven(at, "sessions", "new", "--resume-session", session).ended,
    await load(at, session)
  ]
  expect(resumed).toMatchObject({ code: 0 })
  expect(resumed.stdout).toContain(session)
  expect(loaded.code).toBe(0)
  expect(loaded.updates.map(({ sessionUpdate }) => sessionUpdate)).toEqual(
    expect.arrayContaining(["user_message_chunk", "agent_message_chunk", "tool_call", "tool_call_update"])
  )
})

/** Loads a session with the SDK's client, and hangs up. */
const load = async (at: Awaited<ReturnType<typeof prepared>>, sessionId: string) => {
  const [command = "", ...args] = at.agent.split(" ")
  const child = spawn(command, args, { cwd: at.home, env: at.env, stdio: ["pipe", "pipe", "inherit"] })
  const exit = once(child, "exit")
  const updates: Array<SessionUpdate> = []
  const app = client().onNotification("session/update", ({ params }) => void updates.push(params.update))
  const output = Readable.toWeb(child.stdout) as ReadableStream<Uint8Array> // its type is looser than what it gives
  const { agent } = app.connect(ndJsonStream(Writable.toWeb(child.stdin), output))
  await agent.request("initialize", { protocolVersion: 1 })
  await agent.request("session/load", { sessionId, cwd: at.cwd, mcpServers: [] })
  const told = [...updates]
  child.stdin.end()
  const [code] = await exit
  return { code, updates: told }
}
