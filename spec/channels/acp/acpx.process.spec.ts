/** The command as editors start it: `acpx`, a client of others, drives it through a prompt, permissions, a cancel and a reload. */
import { readFile, writeFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { SessionUpdate } from "@agentclientprotocol/sdk"
import { expect, onTestFinished, test } from "vitest"
import { begin, bin, type Place, place } from "../../program.ts"

const acpx = join(dirname(createRequire(import.meta.url).resolve("acpx/package.json")), "dist/cli.js")

/** Milliseconds: two programs are started for each command, perhaps beside many others. */
const patience = 30_000

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

test("acpx gets an answer, has a file written, and may refuse it", { timeout: patience }, async () => {
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

test(
  "acpx cancels a turn, and comes back to its session with another process of the agent",
  { timeout: patience },
  async () => {
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

    const resumed = await driven(at, "sessions", "new", "--resume-session", session).ended
    expect(resumed).toMatchObject({ code: 0 })
    expect(framesIn(resumed.stdout)).toMatchObject([{ created: true, acpxSessionId: session }])
  }
)
