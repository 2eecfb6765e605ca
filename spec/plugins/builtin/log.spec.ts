/** The log: what stands in it, what never does, and that nobody ever waits for it. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { hiding } from "../../../actors/secrets.ts"
import { type LogFile, logFile, type LogOptions } from "../../../plugins/builtin/log-file.ts"
import { loggable } from "../../../plugins/builtin/loggable.ts"
import { ModelError } from "../../../llm/model-error.ts"
import { played } from "../../actors/played-model.ts"
import { broken, makeStage, plugin, tool } from "../../actors/stage.ts"

const stage = makeStage()

let folder = ""
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kintsugi-log-"))
})
afterEach(() => rm(folder, { recursive: true }))

const textIn = async (from: string): Promise<string> => {
  const names = (await readdir(from)).toSorted()
  return (await Promise.all(names.map((name) => readFile(join(from, name), "utf8")))).join("")
}

const linesIn = async (from: string): Promise<ReadonlyArray<Record<string, unknown>>> =>
  (await textIn(from))
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))

const open = (more: Partial<LogOptions> = {}): LogFile =>
  logFile({ folder: join(folder, "logs"), redact: (text) => text, onProblem: () => {}, ...more })

const secrets = {
  ODD_TOKEN: "zebra-crossing-77",
  MCP_KEY: 'quoted"and\\slashed-key',
  HEADER: "opaque-header-value-1",
  HOOK: "wss-key-0123456789",
  PEER: "peer-token-abc",
  LLM: "plain-llm-key-0"
}

/** A session in which all of the secrets are said in every place where one can say something. */
const leaky = async (logs: string, env: Readonly<Record<string, string>> = {}) => {
  const all = Object.values(secrets).join(" ")
  const input = { command: `curl -H 'x: ${all}'`, deep: [{ [secrets.PEER]: all }], password: "hunter2-hunter2" }
  const fails = tool("leak", () => ({ success: false, error: all, data: all }))
  const crashes = tool("crash", () => {
    throw new Error(`${all} sk-live-0123456789abcdef`)
  })
  const model = played([
    { calls: [{ id: "a", name: "leak", input }] },
    { calls: [{ id: "b", name: "crash", input: all as never }] },
    { calls: [{ id: "c", name: "crash", input: {} }] },
    new ModelError({ provider: all, reason: { kind: "not_configured" } })
  ])
  const { runtime, session } = await stage.open(
    model,
    [plugin("leaky", [fails, crashes], { onTurnEnd: broken, onTurnStart: () => Promise.reject(new Error(all)) })],
    {
      llm: { api_key: secrets.LLM },
      channels: {
        websocket: { api_keys: [secrets.HOOK] },
        a2a: { peers: [{ name: "p", url: "http://x", token: secrets.PEER }] }
      },
      mcp: {
        servers: {
          one: { command: "x", env: { MCP_KEY: secrets.MCP_KEY } },
          two: { url: "http://x", headers: { authorization: `Bearer ${secrets.HEADER}` } }
        }
      }
    },
    { logs, env: { ODD_TOKEN: secrets.ODD_TOKEN, ...env } }
  )
  await session.ask(`hello ${all}`)
  await runtime.close()
}

describe("through a runtime", () => {
  it.each(["0", undefined])(
    "tells what happened, a line each, and no secret (everything logged: %s)",
    async (debug) => {
      const logs = join(folder, "logs")
      await leaky(logs, debug === undefined ? {} : { KINTSUGI_DEBUG: debug })
      const text = await textIn(logs)
      for (const secret of [...Object.values(secrets), "hunter2", "sk-live", "slashed-key"])
        expect(text).not.toContain(secret)
      const lines = await linesIn(logs)
      const events = lines.map(({ event }) => event)
      expect(
        events.filter((event) =>
          /^(session|turn|tool|model)\.(opened|started|replied|settled|failed|closed)/.test(String(event))
        )
      ).toEqual([
        "session.opened",
        "turn.started",
        "model.replied",
        "tool.started",
        "tool.settled",
        "model.replied",
        "tool.settled",
        "model.replied",
        "tool.started",
        "tool.settled",
        "model.failed",
        "turn.failed",
        "session.closed"
      ])
      expect(events).toContain("plugin.changed")
      expect(lines.find(({ event }) => event === "tool.settled")).toMatchObject({
        level: "warn",
        pid: process.pid,
        tool: "leak",
        callId: "a",
        success: false,
        ms: expect.any(Number)
      })
      expect(lines.every(({ time }) => !Number.isNaN(Date.parse(String(time))))).toBe(true)
      expect(events.includes("turn.text")).toBe(debug !== undefined)
      expect((await stat(logs)).mode & 0o777).toBe(0o700)
      expect((await stat(join(logs, (await readdir(logs))[0] ?? ""))).mode & 0o777).toBe(0o600)
    }
  )

  it("is not there for a program that names no folder, or switches it off", async () => {
    const logs = join(folder, "logs")
    for (const options of [{}, { logs, settings: { plugins: { disabled: ["log"] } } }]) {
      const bad = plugin("bad", [], { onTurnStart: broken })
      const runtime = await stage.start({ model: played(["hi"]), plugins: [bad], ...options })
      await runtime.ask("hi")
      await runtime.close()
    }
    expect(await readdir(folder)).toEqual([])
  })

  it("that cannot be written costs nothing but one line", async () => {
    await writeFile(join(folder, "logs"), "not a folder")
    const said: Array<string> = []
    const model = played(["one", "two"])
    const runtime = await stage.start({ model, logs: join(folder, "logs"), log: (line) => said.push(line) })
    expect(await runtime.ask("hi")).toBe("one")
    expect(await runtime.ask("hi")).toBe("two")
    await runtime.close()
    expect(said.filter((line) => line.includes("cannot be written"))).toEqual([
      expect.stringContaining(join(folder, "logs"))
    ])
  })
})

describe("the files", () => {
  it("begin anew with the day and when they are full, and only the newest few are kept", async () => {
    const days = ["2026-01-01", "2026-01-02", "2026-01-03"]
    await mkdir(join(folder, "logs"))
    await writeFile(join(folder, "logs", "mine.txt"), "not ours")
    for (const day of days) {
      const file = open({ limits: { bytes: 150, files: 4 }, now: () => new Date(`${day}T12:00:00Z`) })
      for (let n = 0; n < 6; n++) {
        file.write("info", "thing.done", { n })
        await file.flush()
      }
    }
    const names = (await readdir(join(folder, "logs"))).toSorted()
    expect(names).toEqual([
      "2026-01-02-003.jsonl",
      "2026-01-03-001.jsonl",
      "2026-01-03-002.jsonl",
      "2026-01-03-003.jsonl",
      "mine.txt"
    ])
    const kept = await Promise.all(
      names.filter((name) => name.endsWith("jsonl")).map((name) => readFile(join(folder, "logs", name), "utf8"))
    )
    expect(kept.at(-1)).toContain('"n":5')
    for (const text of kept) expect(text.length).toBeLessThan(300)
  })

  it("are written in order, by many at once, and only from the level that was asked for", async () => {
    const files = [open(), open(), open({ level: "warn" })]
    for (let n = 0; n < 200; n++)
      files.forEach((file, who) => file.write(n % 2 === 0 ? "info" : "warn", "n", { who, n }))
    await Promise.all(files.map((file) => file.flush()))
    const lines = await linesIn(join(folder, "logs"))
    const numbers = (who: number) => lines.filter((line) => line.who === who).map(({ n }) => n)
    const all = Array.from({ length: 200 }, (_, n) => n)
    expect([numbers(0), numbers(1), numbers(2)]).toEqual([all, all, all.filter((n) => n % 2 === 1)])
  })

  it("lose lines that come faster than they are written, and say how many", async () => {
    const file = open()
    for (let n = 0; n < 6000; n++) file.write("info", "n")
    await file.flush()
    expect((await linesIn(join(folder, "logs"))).at(-1)).toMatchObject({ event: "log.dropped", lines: 1000 })
  })

  it("are written again when they can be, and the trouble was told once", async () => {
    const said: Array<string> = []
    await writeFile(join(folder, "logs"), "not a folder")
    const file = open({ onProblem: (line) => said.push(line) })
    for (let n = 0; n < 3; n++) {
      file.write("info", "lost")
      await file.flush()
    }
    await rm(join(folder, "logs"))
    file.write("info", "kept")
    await file.flush()
    expect((await linesIn(join(folder, "logs"))).map(({ event }) => event)).toEqual(["kept"])
    expect(said).toHaveLength(1)
  })
})

describe("what is shown of a value", () => {
  const shown = (value: unknown, secret: ReadonlyArray<string> = []) => loggable(value, hiding(secret))

  it("is short, plain and never throws", () => {
    const circle: { self?: unknown } = {}
    circle.self = circle
    const text = JSON.stringify(
      shown({ circle, list: Array.from({ length: 99 }, (_, n) => n), run: () => 1, big: "x".repeat(1e6) })
    )
    expect(text.length).toBeLessThan(3000)
    expect(text).toContain("and 49 more")
    const fights = new Proxy({}, { ownKeys: () => broken() })
    expect(shown(fights)).toBe("[it cannot be shown]")
    expect(shown("\ud800")).toBe("\ufffd")
  })

  it("is no secret, whatever it is called and wherever it is cut", () => {
    const value = { apiKey: "abcdefgh", nested: { "db-password": ["x"], tokens: 12, plain: "ok" } }
    expect(shown(value)).toEqual({
      apiKey: "[redacted]",
      nested: { "db-password": "[redacted]", tokens: 12, plain: "ok" }
    })
    // What stands before it is taken out, so that the cut comes to lie where it is shown.
    const long = "l".repeat(7500)
    for (let at = 7980; at < 8010; at++) {
      const text = `${long}${" ".repeat(at - long.length)}zebra-crossing-77${"x".repeat(200)}`
      expect(shown(text, [long, "zebra-crossing-77"])).not.toContain("zebra")
    }
  })
})
