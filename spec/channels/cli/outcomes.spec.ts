import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { conduct } from "../../../channels/cli/run.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import type { Answer } from "../../../plugins/tool.ts"
import { answers, end, heardIo, news, telling, turn } from "./heard.ts"

const nasty = "a\u001b]0;owned\u0007b\u001b[2Jc\u009b5md\u202e"

/** What `run` says of one call. */
const toldOf = async (answer: Answer): Promise<string> => {
  const io = heardIo()
  const call = { type: "call" as const, id: "c", name: "t", input: {} }
  await conduct(io, telling([{ type: "agent.settled", call, answer }, end]), "go", "text")
  return io.err()
}

/** Colours are decided by the stream alone. */
beforeEach(() => {
  for (const name of ["FORCE_COLOR", "NO_COLOR", "NODE_DISABLE_COLORS"]) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  // `run` is the last thing of its process and does not tidy up behind itself.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal)
})

describe("run in text", () => {
  it("tells the state of each answer beside its call, its losses, what happened to plugins, and sums it up", async () => {
    const io = heardIo()
    expect(await conduct(io, telling(turn), "go", "text")).toBe(0)
    expect(io.out()).toBe("Done.\n")
    expect(io.err().split("\n")).toEqual([
      "Look.",
      "→ whole whole.txt",
      "✓ counted 12 words",
      "→ missing missing.txt",
      "✗ no file a.txt",
      "→ crashing crashing.txt",
      "✗ crashing (contained, missing_dependency): the tool's own code failed",
      "→ guessing guessing.txt",
      "! guessing (degraded): it is noon",
      "    lost: time zone invented",
      "    lost: hook onX skipped",
      "→ patched patched.txt",
      "✓ patched (provisional, seam s1): counted 13 words",
      "→ mended mended.txt",
      "✓ mended (healed, seam s2): counted 14 words",
      "→ pretending pretending.txt",
      "✗ pretending (false heal, execution_error): that was not true",
      "⚠ plugin words is quarantined: it crashed 5 times in 60 s",
      "12345 tokens in, 678 out, $0.0421",
      "1 answer false heal, 1 contained, 1 degraded, 1 provisional, 1 healed (see: kintsugi session show 0abc)",
      'go on with: kintsugi run -r 0abc "…"',
      ""
    ])
  })

  it("says nothing of states when nothing broke", async () => {
    const plain = turn.filter(
      (notice) => notice.type !== "agent.settled" || ["whole", "missing"].includes(notice.call.name)
    )
    const io = heardIo()
    await conduct(io, telling(plain), "go", "text")
    expect(io.err()).not.toContain("session show")
  })

  it("counts, and an answer that is contained is no failure of the run", async () => {
    const twice = turn.filter((notice) => notice.type === "agent.settled" && notice.call.name === "crashing")
    const io = heardIo()
    expect(await conduct(io, telling([...twice, ...twice, end]), "go", "text")).toBe(0)
    expect(io.err()).toContain("\n2 answers contained (see: kintsugi session show 0abc)\n")
  })

  it("shows what was mended in bold yellow, what is degraded in yellow, what broke in red, on a terminal only", async () => {
    const io = heardIo({ colours: true })
    await conduct(io, telling(turn), "go", "text")
    const [red, yellow, gold] = ["\u001b[31m", "\u001b[33m", "\u001b[33m\u001b[1m"]
    for (const part of [
      `${red}(contained, missing_dependency)`,
      `${red}(false heal, `,
      `${yellow}(degraded)`,
      `${yellow}    lost: time zone invented`,
      `${gold}(provisional, seam s1)`,
      `${gold}(healed, seam s2)`,
      `${red}⚠ plugin words is quarantined`
    ])
      expect(io.err()).toContain(part)
  })

  it("lets nothing through that steers a terminal, and keeps each thing on its line", async () => {
    const io = heardIo()
    const call = { type: "call" as const, id: "c", name: "t\u001b[2J", input: {} }
    const answer: Answer = {
      success: true,
      summary: nasty,
      outcome: "degraded",
      degraded: [nasty, "x\ny"],
      seam: nasty
    }
    const told: AgentNotice = { type: "agent.plugin", plugin: `${nasty}\n`, state: "degraded", reason: `${nasty}\nz` }
    await conduct(io, telling([{ type: "agent.settled", call, answer }, told, end]), "go", "text")
    expect(io.err()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]|owned/)
    expect(io.err().split("\n").slice(0, 4)).toEqual([
      "! t (degraded, seam abcd): abcd",
      "    lost: abcd",
      "    lost: x y",
      "⚠ plugin abcd is degraded: abcd z"
    ])
  })

  it("names a few of many losses, and how many there are", async () => {
    const told = await toldOf({ success: true, degraded: Array.from({ length: 9 }, (_, n) => `loss ${n}`) })
    expect(told).toMatch(/^! t \(degraded\)\n( {4}lost: loss \d\n){5} {4}lost: and 4 more\n/)
  })

  it("takes no answer for a success that calls itself contained", async () => {
    expect(await toldOf({ success: true, summary: "fine", outcome: "contained" })).toMatch(/^✗ t \(contained\)\n/)
  })
})

describe("run in JSON", () => {
  it("has the state in each observation, the news of plugins, and the seams", async () => {
    const io = heardIo()
    expect(await conduct(io, telling(turn), "go", "json")).toBe(0)
    const report = JSON.parse(io.out())
    const observations = report.steps.map(({ observation }: { observation: object }) => observation)
    expect(observations).toEqual([
      answers.whole,
      { success: false, error_class: "not_found", error: "no file a.txt" },
      { success: false, error_class: "missing_dependency", error: answers.crashing?.error, outcome: "contained" },
      answers.guessing,
      answers.patched,
      answers.mended,
      { success: false, error_class: "execution_error", error: "that was not true", outcome: "false_heal" }
    ])
    expect(report).toMatchObject({ status: "done", plugins: [news], seams: [{ id: "s1" }, { id: "s2" }] })
    expect(io.err()).toBe("⚠ plugin words is quarantined: it crashed 5 times in 60 s\n")
  })

  it("has no success that calls itself contained", async () => {
    const io = heardIo()
    const call = { type: "call" as const, id: "c", name: "t", input: {} }
    const said: AgentNotice = { type: "agent.said", message: { role: "assistant", model: "m", content: [call] } }
    const settled: AgentNotice = { type: "agent.settled", call, answer: { success: true, outcome: "contained" } }
    await conduct(io, telling([said, settled, end]), "go", "json")
    expect(JSON.parse(io.out()).steps[0].observation).toEqual({ success: false, outcome: "contained" })
  })

  it("names the state of an answer that only names losses", async () => {
    const io = heardIo()
    const call = { type: "call" as const, id: "c", name: "t", input: {} }
    const said: AgentNotice = { type: "agent.said", message: { role: "assistant", model: "m", content: [call] } }
    const settled: AgentNotice = { type: "agent.settled", call, answer: { success: true, degraded: ["x"] } }
    await conduct(io, telling([said, settled, end]), "go", "json")
    expect(JSON.parse(io.out()).steps[0].observation).toEqual({ success: true, outcome: "degraded", degraded: ["x"] })
  })

  it("as a stream passes every notice on as it is", async () => {
    const io = heardIo()
    expect(await conduct(io, telling(turn), "go", "stream-json")).toBe(0)
    const [, ...lines] = io
      .out()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    expect(lines.slice(0, -1)).toEqual(turn)
    expect(lines.at(-1)).toMatchObject({ type: "result", final_answer: "Done." })
    expect(io.err()).toBe("")
  })
})
