/** The command as editors start it: `acpx`, a client of others, drives it through a prompt, a permission, a cancel and a reload. */
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

/** acpx loads a session where it cannot resume it. What it asks is kept in the file `heard`. */
const withoutResume = async ({ home, agent }: Awaited<ReturnType<typeof prepared>>): Promise<string> => {
  const file = join(home, "agent.mjs")
  const [program, ...args] = agent.split(" ")
  const code = `
import { spawn } from "node:child_process"
import { appendFileSync } from "node:fs"
const { stdin, stdout } = spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { stdio: ["pipe", "pipe", "inherit"] })
process.stdin.on("data", (piece) => appendFileSync(${JSON.stringify(join(home, "heard"))}, piece)).pipe(stdin)
stdout.on("data", (piece) => process.stdout.write(String(piece).replace('"resume":{},', "")))`
  await writeFile(file, code)
  return `${process.execPath} ${file}`
}

const framesIn = (text: string): ReadonlyArray<Frame> =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line))

test("acpx gets an answer, and has a file written", { timeout: patience }, async () => {
  const at = await prepared()
  const { code, stdout } = await driven(at, "--approve-all", "exec", "please write").ended
  expect(code).toBe(0)
  expect(stdout).toContain('"stopReason":"end_turn"')
  expect(stdout).toContain("Written.")
  expect(await readFile(join(at.cwd, "a.txt"), "utf8")).toBe("new\n")
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

    const agent = await withoutResume(at)
    const loaded = await driven({ ...at, agent }, "sessions", "new", "--resume-session", session).ended
    expect(loaded).toMatchObject({ code: 0 })
    expect(framesIn(loaded.stdout)).toMatchObject([{ created: true, acpxSessionId: session }])
    expect(await readFile(join(at.home, "heard"), "utf8")).toContain('"method":"session/load"')
  }
)
