import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { codeOf } from "../../actors/healing/code.ts"
import { makeTrial } from "../../actors/healing/trial.ts"
import { hosts } from "../../actors/hosts/open-host.ts"
import type { Hosts } from "../../actors/hosts/host.ts"
import type { Candidate, Verdict } from "../../healing/candidate.ts"
import { prove } from "../../healing/gate.ts"
import type { Patient } from "../../healing/patient.ts"
import type { Play, TapedCall, World } from "../../healing/tape.ts"
import type { Outcome, Trial } from "../../healing/trial.ts"

let folder = ""
let scope: Scope.Closeable
let places: Hosts
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-gate-")))
  scope = Effect.runSync(Scope.make())
  places = await Effect.runPromise(hosts({ cwd: folder }).pipe(Scope.provide(scope)))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

const patience = { patience: 10_000 }

interface Tool {
  readonly body: string
  readonly more?: string
  readonly head?: string
  readonly input?: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
}

const text = { text: { type: "string" } }

const sourceOf = ({
  body,
  more = "",
  head = "",
  input = text
}: Tool): string => `import { definePlugin, defineTool } from "kintsugi/plugin"
${head}
export default definePlugin({ name: "sick", tools: [defineTool({
  name: "t", description: "A tool.", risk: "write",
  input: ${JSON.stringify({ type: "object", properties: input, required: Object.keys(input) })}, ${more}
  async execute(input, { files, fetch }) {
    ${body}
  }
})] })
`

interface Ward {
  readonly trial: Trial
  readonly patient: Patient
  /** The tool's text with something changed, as a candidate. */
  readonly change: (from: string, to: string, more?: Partial<Candidate>, file?: string) => Candidate
  readonly prove: (...candidates: ReadonlyArray<Candidate>) => Promise<Verdict>
}

let wards = 0

/** A plugin on disk, and what its call fails with in truth. @param well Inputs of calls that go well. */
const ward = async (tool: Tool, failing: unknown, well: ReadonlyArray<unknown> = []): Promise<Ward> => {
  const root = join(folder, String(wards++))
  mkdirSync(root)
  const all = { "package.json": `{ "type": "module" }`, ...tool.files, "index.js": sourceOf(tool) }
  for (const [name, source] of Object.entries(all)) writeFileSync(join(root, name), source)
  const module = join(root, "index.js")
  const world: World = { cwd: join(root, "w"), taskStartedAt: 0, uses: [], files: { "a.txt": "gold" } }
  const trial = makeTrial({ hosts: places, source: { name: "sick", module } })
  const play = (kind: Play["kind"], input: unknown): Play => ({ kind, tool: "t", input, world })
  const plays = [
    ...well.map((input) => play("recorded", input)),
    ...(failing === undefined ? [] : [play("failing", failing)])
  ]
  const report = await Effect.runPromise(trial.play(new Map(), plays, patience))
  const outcomes: ReadonlyArray<Outcome> = report.loaded ? report.outcomes : []
  const recorded = well.flatMap((input, at): ReadonlyArray<TapedCall> => {
    const outcome = outcomes[at]
    return outcome?.type === "answered" ? [{ tool: "t", input, world, answer: outcome.answer, isPartial: false }] : []
  })
  const last = outcomes.at(-1)
  const failure = !report.loaded
    ? report.failure
    : last?.type === "threw" || last?.type === "ended"
      ? last.failure
      : { ...none, property: "0" }
  const call = failing === undefined ? {} : { failing: play("failing", failing) }
  const patient: Patient = {
    plugin: "sick",
    failure,
    code: codeOf({ module }),
    recorded,
    ...(report.loaded ? { tool: "t" } : {}),
    ...call
  }
  return {
    trial,
    patient,
    change: (from, to, more = {}, file = "index.js") => {
      const source = file === "index.js" ? sourceOf(tool) : (tool.files?.[file] ?? "")
      expect(source).toContain(from)
      return {
        origin: "spec",
        what: `${from} → ${to}`,
        tier: "A",
        sources: new Map([[join(root, file), source.replace(from, () => to)]]),
        ...more
      }
    },
    prove: (...candidates) => Effect.runPromise(prove(patient, candidates, trial, patience))
  }
}

const none = {
  kind: "broken_example",
  errorClass: "execution_error",
  name: "",
  said: "",
  message: "",
  frames: []
} as const

const examples = (...all: ReadonlyArray<readonly [input: string, output: unknown]>) =>
  `examples: ${JSON.stringify(all.map(([one, output]) => ({ input: { text: one }, output })))},`

const stateOf = (verdict: Verdict) => (verdict.type === "accepted" ? verdict.state : verdict.type)

const reasonOf = (verdict: Verdict) => (verdict.type === "rejected" ? verdict.reason : `accepted as ${verdict.state}`)

const shout = 'return input.text.toUppercase() + "!"'

describe("the gate", () => {
  it("says healed when examples that failed before hold now, with a line for each check", async () => {
    const { change, prove: ask } = await ward(
      { body: shout, more: examples(["a", "A!"], ["b c", "B C!"]) },
      { text: "gold" }
    )
    const verdict = await ask(change("toUppercase", "toUpperCase"))
    expect(verdict).toMatchObject({
      type: "accepted",
      state: "healed",
      degraded: [],
      outcome: { type: "answered", answer: { data: "GOLD!" } }
    })
    expect(verdict.proof.map(({ check }) => check)).toEqual(["V0", "V1", "V2", "V3", "V4", "V5", "V6"])
    expect(verdict.proof.filter(({ outcome }) => outcome === "failed")).toEqual([])
  })

  it("says provisional without examples, when other calls that failed alike give answers of their own", async () => {
    const { change, prove: ask } = await ward({ body: shout }, { text: "gold" })
    expect(stateOf(await ask(change("toUppercase", "toUpperCase")))).toBe("provisional")
  })

  it("says degraded, and what is lost, when something is made up", async () => {
    const { change, prove: ask } = await ward(
      { body: `return input.text + input.text.tags.join(",")` },
      { text: "gold" }
    )
    const invents = "an empty list stood in for tags"
    const verdict = await ask(change("input.text.tags", "(input.text.tags ?? [])", { tier: "B", invents }))
    expect(verdict).toMatchObject({ type: "accepted", state: "degraded", degraded: [invents] })
    // Whoever calls it of the best kind and names nothing.
    const silent = await ask(change("input.text.tags", "(input.text.tags ?? [])"))
    expect(silent).toMatchObject({
      type: "accepted",
      state: "degraded",
      degraded: [expect.stringContaining("default")]
    })
  })

  it("only proposes what changes the author's meaning", async () => {
    const { change, prove: ask } = await ward({ body: shout, more: examples(["a", "A!"]) }, { text: "gold" })
    const candidate = change("toUppercase", "toUpperCase", { tier: "C" })
    expect(await ask(candidate)).toMatchObject({ type: "rejected", proposal: candidate })
  })

  it("mends nothing that does not fail again", async () => {
    const { change, patient, trial } = await ward({ body: shout }, { text: "gold" })
    const other = { ...patient, failure: { ...patient.failure, kind: "not_iterable" } }
    const verdict = await Effect.runPromise(prove(other, [change("toUppercase", "toUpperCase")], trial, patience))
    expect(reasonOf(verdict)).toMatch(/did not show itself again/)
  })

  it("commits nothing when repairs that are as good differ elsewhere, and proposes the likeliest", async () => {
    const { change, prove: ask } = await ward({ body: `return input.text.trm() + "!"` }, { text: "gold" })
    const [one, two] = [change("trm", "trim"), change("trm()", "trim().trim()", { tier: "B" })]
    expect(stateOf(await ask(one))).toBe("provisional")
    expect(stateOf(await ask(two, one))).toBe("provisional")
    const { change: make, prove: again } = await ward(
      { body: "return input.text.tags.length + input.text" },
      { text: "gold" }
    )
    const made = ["[]", `"some"`].map((one_) => make("input.text.tags", `(input.text.tags ?? ${one_})`, { tier: "B" }))
    const verdict = await again(...made)
    expect(verdict).toMatchObject({
      type: "rejected",
      reason: expect.stringContaining("nobody can tell"),
      proposal: made[0]
    })
    expect(verdict.proof.at(-1)).toMatchObject({ check: "V6", outcome: "failed" })
  })

  it("A22 refuses what has learnt the call by heart, and what always says the same", async () => {
    for (const more of ["", examples(["a", "A!"])]) {
      const { change, prove: ask } = await ward({ body: shout, more }, { text: "gold" }, [])
      const learnt = [
        change(shout, `if (input.text === "gold") return "GOLD!"\n${shout}`),
        change(shout, `if (input.text.length === 4) return "GOLD!"\n${shout}`),
        change(shout, `if (input.text.startsWith("go")) return "G" + "OLD!"\n${shout}`),
        change(shout, `const made = "GOL" + "D!"\nif (input.text) return made\n${shout}`),
        change(shout, `return "GOLD!"`),
        // Right in all, and still nothing that an author would have written.
        change(shout, `if (input.text === "gold") return "GOLD!"\nreturn input.text.toUpperCase() + "!"`),
        change("toUppercase()", `replace("gold", "GOLD")`),
        change("input.text.toUppercase()", `(input.text.up ?? "GOLD")`)
      ]
      for (const one of learnt) expect(stateOf(await ask(one)), one.what).toBe("rejected")
    }
  })

  it("A23 refuses what does no longer do what failed", async () => {
    const body = `const made = input.text.toUppercase()\nawait files.write("out.txt", made)\nreturn "wrote"`
    const { change, prove: ask } = await ward(
      { body, more: `examples: [{ input: { text: "a" }, output: "wrote", written: { "out.txt": "A" } }],` },
      { text: "gold" }
    )
    const cheats = [
      change(`const made = input.text.toUppercase()\nawait files.write("out.txt", made)\n`, ""),
      change(`await files.write("out.txt", made)`, ""),
      change("input.text.toUppercase()", "input.text"),
      change("input.text.toUppercase()", "input.text.toUppercase?.()"),
      change(`const made`, `if (!input.text.toUppercase) return "wrote"\nconst made`)
    ]
    for (const one of cheats) expect(stateOf(await ask(one)), one.what).toBe("rejected")
    expect(stateOf(await ask(change("toUppercase", "toUpperCase")))).toBe("healed")
  })

  it("refuses what changes a call that went well, in its answer or in what it did", async () => {
    const body = `if (input.text === "b") { await files.write("b.txt", "1"); return "b" }\nreturn input.text + (input.text.x.y ?? "none")`
    const { change, prove: ask } = await ward({ body }, { text: "gold" }, [{ text: "b" }])
    const reasons = await Promise.all(
      [ask(change(`"1")`, `"2")`, {})), ask(change(`=== "b") {`, `=== "b") { input.text += "b";`))].map((one) =>
        one.then(reasonOf)
      )
    )
    expect(reasons.every((one) => /path|V3|went well|statement|fails/.test(one))).toBe(true)
    const told = change("input.text.x.y", "input.text.x?.y")
    expect(stateOf(await ask(told))).toBe("degraded")
    const wrong = change(
      `return "b" }\nreturn input.text + (input.text.x.y`,
      `return "b" + input.text.x }\nreturn input.text + (input.text.x?.y`
    )
    expect(reasonOf(await ask(wrong))).toMatch(/V3.*recorded call that went well/)
  })

  it("turns no failure that the author meant into an answer", async () => {
    const body = `if (input.text.length > 6) throw new Error("too long")\nreturn input.text.x.y ?? "none"`
    const { change, prove: ask } = await ward({ body }, { text: "gold" })
    const open = change("input.text.length > 6) throw", "input.text.x?.y && input.text.length > 6) throw")
    const whole = {
      ...open,
      sources: new Map([...open.sources].map(([path, source]) => [path, source.replace("x.y ?? ", "x?.y ?? ")]))
    }
    expect(reasonOf(await ask(whole))).toMatch(/failed on purpose/)
  })

  it("holds the tool to its output schema and post-condition", async () => {
    const more = `output: { type: "string", minLength: 2 }, post: (input, output) => output.startsWith("n"),`
    const { change, prove: ask } = await ward({ body: `return "n" + input.text.tags.length`, more }, { text: "gold" })
    const broken = change(`"n" + input.text.tags.length`, `input.text.tags?.length + "n"`)
    expect(reasonOf(await ask(broken))).toMatch(/V4/)
  })

  it("holds the tool to all its examples", async () => {
    const { change, prove: ask } = await ward(
      { body: shout, more: examples(["a", "A!"], ["É", "É!"], ["", "!"]) },
      { text: "gold" }
    )
    expect(reasonOf(await ask(change("toUppercase", "toLowerCase")))).toMatch(/V5.*example does not hold/)
  })

  it("refuses what changes a tool's own words, even from another file", async () => {
    const files = {
      "words.js": `export const what = "A tool."\nexport const up = (text) => text.toUppercase() + what.slice(9)\n`
    }
    const tool = {
      body: "return up(input.text)",
      head: `import { up, what } from "./words.js"`,
      more: "description: what,",
      files
    }
    const { change, prove: ask } = await ward(tool, { text: "gold" })
    const right = change("toUppercase", "toUpperCase", {}, "words.js")
    expect(stateOf(await ask(right))).toBe("provisional")
    const sources = new Map([...right.sources].map(([path, source]) => [path, source.replace("A tool.", "Call me.")]))
    expect(reasonOf(await ask({ ...right, sources }))).toMatch(/V1.*says of itself/)
  })

  it("proves a module that could not be loaded by what it does when it can", async () => {
    const files = {
      "words.js": `export const shout = (text) => text.toUpperCase()\nexport const whisper = (text) => text.toLowerCase()\n`
    }
    for (const [more, state] of [
      ["", "provisional"],
      [examples(["a", "A"]), "healed"]
    ] as const) {
      const tool = { body: "return shot(input.text)", head: `import { shot } from "./words.js"`, more, files }
      const { change, prove: ask, patient } = await ward(tool, undefined)
      expect(patient.failure.kind).toBe("missing_export")
      expect(stateOf(await ask(change("{ shot }", "{ shout as shot }")))).toBe(state)
      expect(stateOf(await ask(change("{ shot }", "{ whisper as shot }")))).toBe("rejected")
      expect(stateOf(await ask(change("{ shot }", "{ shouts as shot }")))).toBe("rejected")
    }
  })

  it("mends a wrong answer by the example that shows it", async () => {
    const body = `const parts = [...input.text].map((one) => { one + one })\nreturn parts.join("")`
    const { change, prove: ask, patient } = await ward({ body, more: examples(["ab", "aabb"], ["", ""]) }, undefined)
    expect(patient.failure.kind).toBe("broken_example")
    expect(stateOf(await ask(change("{ one + one }", "{ return one + one }")))).toBe("healed")
    expect(stateOf(await ask(change("{ one + one }", "{ return one }")))).toBe("rejected")
  })

  it("calls an honest failure no heal", async () => {
    const { change, prove: ask } = await ward({ body: `return "tags " + input.text.tags.join(",")` }, { text: "gold" })
    const honest = change(
      "return",
      `if (input.text.tags === undefined) return { success: false, error: "no tags in " + input.text }\nreturn`
    )
    expect(await ask(honest)).toMatchObject({
      type: "accepted",
      state: "degraded",
      degraded: expect.arrayContaining([expect.stringContaining("failure of its own")])
    })
  })

  it("accepts nothing whose call goes on into what nobody can prove", async () => {
    const { change, prove: ask } = await ward(
      { body: `return (await fetch("http://localhost/" + input.text.tirm())).status + input.text` },
      { text: "gold" }
    )
    expect(reasonOf(await ask(change("tirm", "trim")))).toMatch(/V2.*(on no tape|fails)/)
  })

  it("runs nothing for what may not be done anyway", async () => {
    const { change, patient } = await ward({ body: shout }, { text: "gold" })
    const play = (): never => {
      throw new Error("it was played")
    }
    const verdict = await Effect.runPromise(prove(patient, [change(shout, `eval("1")\n${shout}`)], { play }, patience))
    expect(verdict).toMatchObject({ type: "rejected", proof: [{ check: "V0", outcome: "failed" }] })
    expect(reasonOf(verdict)).toMatch(/eval/)
  })

  it("ends the trial when it is interrupted", async () => {
    const { change, patient } = await ward({ body: shout }, { text: "gold" })
    let ended = 0
    const trial: Trial = { play: () => Effect.never.pipe(Effect.onInterrupt(() => Effect.sync(() => ended++))) }
    const proving = prove(patient, [change("toUppercase", "toUpperCase")], trial).pipe(
      Effect.timeoutOption("20 millis")
    )
    expect(Option.isNone(await Effect.runPromise(proving))).toBe(true)
    expect(ended).toBe(1)
  })

  it("makes a candidate only when it is asked for, and gives the event loop back between two", async () => {
    const { change, patient, trial } = await ward({ body: shout }, { text: "gold" })
    let turns = 0
    const seen: Array<number> = []
    const turn = (): void => {
      turns++
      next = setImmediate(turn)
    }
    let next = setImmediate(turn)
    const make = function* () {
      for (const name of ["one", "two", "three", "four"]) {
        seen.push(turns)
        yield change("toUppercase", name, { tier: "B" })
      }
    }
    await Effect.runPromise(prove(patient, make(), trial, patience))
    clearImmediate(next)
    expect(seen).toHaveLength(4)
    // The first comes before anything was run, so before the loop may have turned.
    expect(seen.slice(1).every((turned, at) => turned > (seen[at] ?? 0))).toBe(true)
    seen.length = 0
    const unlawful = function* () {
      for (const name of ["1", "2", "3"]) {
        seen.push(turns)
        yield change(shout, `eval("${name}")\n${shout}`)
      }
    }
    next = setImmediate(turn)
    await Effect.runPromise(prove(patient, unlawful(), trial, patience))
    clearImmediate(next)
    // Once before the next is made, and once before it is judged.
    expect(seen.slice(1).every((turned, at) => turned > (seen[at] ?? 0) + 1)).toBe(true)
  })

  it("asks for no more when those that are left can change nothing", async () => {
    const { change, patient, trial } = await ward({ body: `return input.text.trm() + "!"` }, { text: " gold " })
    const asked = async (...candidates: ReadonlyArray<Candidate>) => {
      let made = 0
      const make = function* () {
        for (const one of candidates) {
          made++
          yield one
        }
      }
      const verdict = await Effect.runPromise(prove(patient, make(), trial, patience))
      return { made, verdict: reasonOf(verdict) }
    }
    const right = change("trm", "trim")
    const others = ["trimEnd", "trimStart"].map((name) => change("trm", name, { tier: "B" }))
    expect(await asked(right, ...others, ...others)).toEqual({ made: 2, verdict: "accepted as provisional" })
    const rest = change("trm()", "trim().at(-1)", { tier: "B" })
    // Two that are as good differ: nothing of their kind or below can change that.
    const more = change("trm()", "trim().slice(1)", { tier: "B" })
    expect(await asked(...others, rest, more)).toMatchObject({
      made: 3,
      verdict: expect.stringContaining("nobody can tell")
    })
    const proposal = change("trm()", "trim().slice(0)", { tier: "C" })
    expect(await asked(others[0] ?? proposal, proposal, rest)).toMatchObject({ made: 2 })
    expect(await asked(proposal, { ...proposal, what: "again" }, rest)).toMatchObject({
      verdict: expect.not.stringContaining("accepted")
    })
  })

  it("says provisional of a misspelt name where the tool's examples hold and do not touch it", async () => {
    const body = `const refuse = (error) => ({ success: false, error })\nif (input.text === "bad") return reufse("no")\nreturn input.text + "!"`
    for (const [more, state] of [
      [examples(["a", "a!"]), "provisional"],
      ["", "rejected"]
    ] as const) {
      const { change, prove: ask } = await ward({ body, more }, { text: "bad" })
      expect(stateOf(await ask(change("reufse", "refuse")))).toBe(state)
    }
  })

  it("takes no reorder for plain, but where the language says which argument is which", async () => {
    const head = `const join = (text, mark) => text.x.split(mark).join(mark)`
    const { change, prove: ask } = await ward(
      { body: `return join(input.text, ",").trim()`, head: head.replace("text.x", "text.tirm()") },
      { text: "a,b" }
    )
    const both = change("text.tirm().split(mark)", "mark.trim().split(text)")
    expect(stateOf(await ask(both))).toBe("rejected")
    const { change: turn, prove: again } = await ward(
      { body: `return "" + [...input.text].reduce(0, (sum, one) => sum + one.length)` },
      { text: "gold" }
    )
    const right = turn("reduce(0, (sum, one) => sum + one.length)", "reduce((sum, one) => sum + one.length, 0)")
    expect(stateOf(await again(right))).toBe("provisional")
  })

  it("takes no name for misspelt that somebody has, when nothing blames it", async () => {
    const body = `return "n" + Math.min(input.text.length, 9)`
    const { change, prove: ask, patient } = await ward({ body, more: examples(["ab", "n9"]) }, undefined)
    expect(patient.failure.kind).toBe("broken_example")
    expect(stateOf(await ask(change("min", "max")))).toBe("healed")
    const { change: weak, prove: again } = await ward(
      {
        body: `return { success: true, data: Math.sin(input.text.length) > 0.9 }`,
        more: examples(["a", { data: true }])
      },
      undefined
    )
    expect(stateOf(await again(weak("sin", "min")))).toBe("degraded")
    const { change: spell, prove: more } = await ward(
      {
        body: `const words = 3, wordz = 1\nreturn { success: true, data: input.text.length + wordz > words * wordz }`,
        more: examples(["a", { data: true }])
      },
      undefined
    )
    expect(stateOf(await more(spell("length + wordz", "length + words")))).toBe("degraded")
  })

  it("says healed by a weak example only of what is plain", async () => {
    const body = `return { success: true, data: input.text.length < 3 }`
    const { change, prove: ask } = await ward({ body, more: examples(["abcd", { data: true }]) }, undefined)
    const flips = [">", ">=", "!=="].map((one) => change("length <", `length ${one}`, { tier: "B" }))
    expect(stateOf(await ask(...flips.slice(0, 1)))).toBe("degraded")
    expect(reasonOf(await ask(...flips))).toMatch(/nobody can tell/)
  })

  it("lets what hangs on the order of calls speak neither for nor against", async () => {
    const head = `let last = ""`
    const body = `const was = last\nlast = input.text\nreturn "after " + was + input.text.trm().slice(99)`
    const { change, prove: ask } = await ward({ body, head }, { text: "gold" })
    // Each answer is another, and not one hangs on what is asked.
    expect(reasonOf(await ask(change("trm", "trim")))).toMatch(/no other call like it/)
  })

  it("counts no call that goes beyond the tape as one that went well", async () => {
    const body = `if (input.text !== "gold") return "" + (await fetch("http://localhost/" + input.text)).status\nreturn input.text.trm()`
    const { change, prove: ask } = await ward({ body }, { text: "gold" })
    const verdict = await ask(change("trm", "trim"))
    expect(reasonOf(verdict)).toMatch(/no other call like it/)
    expect(verdict.proof.at(-1)?.detail).toMatch(/tried in [0-3] calls/)
    // All crash before, and only with the repair they go there.
    const later = `const made = input.text.trm()\nif (made !== "gold") await fetch("http://localhost/").catch(() => {})\nreturn made`
    const { change: turn, prove: again } = await ward({ body: later }, { text: "gold" })
    expect(reasonOf(await again(turn("trm", "trim")))).toMatch(/no other call like it/)
  })

  it("proves nothing of a hook, whose calls are on no tape", async () => {
    const { change, patient } = await ward({ body: shout }, { text: "gold" })
    const play = (): never => {
      throw new Error("it was played")
    }
    const hook = { name: "beforeTask", neutral: undefined } as unknown as NonNullable<Patient["hook"]>
    const broken = prove({ ...patient, hook }, [change("toUppercase", "toUpperCase")], { play }, patience)
    expect(reasonOf(await Effect.runPromise(broken))).toMatch(/hook/)
  })

  it("says degraded when no example asks the other side of a condition that was changed", async () => {
    const body = `if (input.text.length < 3) return input.text.toUpperCase() + " is long"\nreturn input.text + " is short"`
    const flip = ["length < 3", "length >= 3"] as const
    for (const [more, state, lost] of [
      [
        examples(["abcd", "ABCD is long"]),
        "degraded",
        [expect.stringContaining("other side of input.text.length >= 3")]
      ],
      [examples(["abcd", "ABCD is long"], ["a", "a is short"]), "healed", []]
    ] as const) {
      const { change, prove: ask } = await ward({ body, more }, undefined)
      expect(await ask(change(...flip, { tier: "B" }))).toMatchObject({ state, degraded: lost })
    }
  })

  it("lets no guess write, unless an example says what is written", async () => {
    const body = `await files.write("out.txt", input.text + (input.text.tags.length ?? ""))\nreturn "wrote " + input.text`
    const guess = ["input.text.tags.length", "input.text.tags?.length", { tier: "B" }] as const
    const { change, prove: ask } = await ward({ body }, { text: "gold" })
    expect(reasonOf(await ask(change(...guess)))).toMatch(/rests on a guess/)
    const more = `examples: [{ input: { text: "ab" }, output: "wrote ab", written: { "out.txt": "ab" } }],`
    const { change: make, prove: again } = await ward({ body, more }, { text: "gold" })
    expect(stateOf(await again(make(...guess)))).toMatch(/degraded|healed/)
  })

  it("takes no name for misspelt that the input has", async () => {
    const input = { item: { type: "object", properties: { title: { type: "string" } } } }
    const body = `const { item } = input\nreturn JSON.stringify(item) + (item.title ? item.titles.concat("!") : "-")`
    const { change, prove: ask } = await ward({ body, input }, { item: { title: "gold" } })
    expect(stateOf(await ask(change("item.titles", "item.title")))).toBe("provisional")
    expect(stateOf(await ask(change("item.title ?", "item.titles ?")))).toBe("rejected")
  })

  it("takes arguments for sorted that are called as the parameters are", async () => {
    const head = "const repeated = (text, times) => text.repeat(times)"
    const { change, prove: ask } = await ward(
      { body: `const { text } = input, times = 2\nreturn repeated(times, text)`, head },
      { text: "gold" }
    )
    expect(stateOf(await ask(change("repeated(times, text)", "repeated(text, times)")))).toBe("provisional")
    const bare = { body: `const { text: a } = input, b = 2\nreturn repeated(b, a)`, head }
    const { change: turn, prove: again } = await ward(bare, { text: "gold" })
    expect(stateOf(await again(turn("repeated(b, a)", "repeated(a, b)")))).toBe("rejected")
  })
})
