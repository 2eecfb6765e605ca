import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { printedKey } from "../../llm/key-command.ts"
import { isCommand, keyOf } from "../../llm/keys.ts"
import { withoutKeys } from "../../llm/redact.ts"
import { openModel } from "../../llm/resolve.ts"
import { chat } from "./dialects/speakers.ts"
import { ask, collect } from "./fakes.ts"
import { wireServer } from "./wire-server.ts"

let home = ""
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "kintsugi-key-"))
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(home, { recursive: true, force: true })
})

const env = (more = {}) => ({ PATH: process.env.PATH, HOME: home, SHELL: "/bin/sh", ...more })
/** What is said where there is no key. */
const failing = (command: string): Promise<string> =>
  printedKey(command, "OpenAI", env()).then(
    (key) => `a key: ${key}`,
    (error: Error) => error.message
  )

describe("a command that prints a key", () => {
  it("is asked once, at its first use, in the home folder and the user's own environment", async () => {
    const written = '! echo x >> runs; printf "  key-of-%s  \\nuser: me\\n" "$WHOSE"'
    const mine = env({ WHOSE: "mine" })
    const key = keyOf(written, "OpenAI", mine)
    expect(existsSync(join(home, "runs"))).toBe(false)
    if (typeof key !== "function") throw new Error("not a command")
    expect(await Promise.all([key(), key()])).toEqual(["key-of-mine", "key-of-mine"])
    expect(await key()).toBe("key-of-mine")
    expect(readFileSync(join(home, "runs"), "utf8")).toBe("x\n")
    expect(await printedKey(written, "OpenAI", env({ WHOSE: "yours" }))).toBe("key-of-yours")
  })

  it("has its key taken out of every text from then on", async () => {
    await printedKey("!echo wherever-canary-7", "OpenAI", env())
    expect(withoutKeys("refused: wherever-canary-7", [])).toBe("refused: [key]")
  })

  it("tells by its name and its last word why there is no key, and never what it printed", async () => {
    const command = "!echo half-a-secret; echo one >&2; echo ' the store is locked ' >&2; exit 3"
    expect(await failing(command)).toMatch(
      /^the key for OpenAI could not be had: `.*` ended with 3: the store is locked; try/
    )
    expect(await failing("!cat keys.txt; cat keys.txt >&2; false")).toMatch(
      /ended with 1: cat: keys\.txt: No such file/
    )
    const leaking = await failing("!echo leaky-secret-1; echo leaky-secret-1 >&2; exit 1")
    expect(leaking.replace(/`.*`/, "")).not.toContain("leaky-secret-1")
  })

  it.each([
    ["!true", /printed nothing; it must print the key on its first line/],
    ["!", /is no command/],
    ["!echo two words", /holds spaces/],
    ["!kill -9 $$", /was killed by SIGKILL/]
  ])("%s is no key", async (command, message) => {
    expect(await failing(command)).toMatch(message)
  })

  it("is tried again after a failure", async () => {
    const mine = env()
    const command = "!cat key.txt"
    await expect(printedKey(command, "OpenAI", mine)).rejects.toMatchObject({ reason: { kind: "not_configured" } })
    const { writeFileSync } = await import("node:fs")
    writeFileSync(join(home, "key.txt"), "now-it-is-there\n")
    expect(await printedKey(command, "OpenAI", mine)).toBe("now-it-is-there")
  })

  it("runs again, once for all, when a server refused what it printed", async () => {
    await using server = await wireServer()
    server.answerTo = ({ headers }) =>
      headers.authorization === "Bearer token-of-run-2" ? { body: chat.say({ text: "hi" }) } : { status: 401 }
    const api_key = "!echo x >> runs; echo token-of-run-$(grep -c x runs)"
    const llm = { fallback: [], timeout: 9, idle_timeout: 9, max_retries: 0, base_url: server.url, api_key }
    const mine = env()
    const open = () => openModel("groq/x", { llm, protocol: "native", env: mine, cwd: home })
    const [one, other] = await Promise.all([open(), open()])
    const answered = async () =>
      Promise.all([one, other].map(async (model) => Result.isSuccess(await Effect.runPromise(collect(model, ask())))))
    expect(await answered()).toEqual([false, false])
    expect(await answered()).toEqual([true, true])
    expect(await answered()).toEqual([true, true])
    expect(readFileSync(join(home, "runs"), "utf8")).toBe("x\nx\n")
  })

  it("is not waited for when something it started holds its output open", async () => {
    expect(await printedKey("!sleep 47 & echo quick-key; echo $! > pid", "OpenAI", env())).toBe("quick-key")
    process.kill(Number(readFileSync(join(home, "pid"), "utf8")))
  })

  it("is killed with all that it started when it takes too long", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] })
    const told = failing("!sleep 61 & echo $! > pid; wait")
    const file = join(home, "pid")
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await new Promise(setImmediate)
    const pid = Number(readFileSync(file, "utf8"))
    await vi.advanceTimersByTimeAsync(9_900)
    expect(() => process.kill(pid, 0)).not.toThrow()
    await vi.advanceTimersByTimeAsync(200)
    expect(await told).toMatch(/took longer than 10 s; try it in a terminal/)
    // A process that nobody has waited for yet is dead, too.
    const isGone = () => {
      try {
        return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))
      } catch {
        return true
      }
    }
    while (!isGone()) await new Promise(setImmediate)
  })

  it("begins with an exclamation mark; a key of a variable is never one", () => {
    expect([isCommand("!pass show x"), isCommand(" !x"), isCommand("sk-!x"), isCommand("")]).toEqual([
      true,
      true,
      false,
      false
    ])
  })
})
