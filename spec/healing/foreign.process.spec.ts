/** Faults in code that nobody here wrote, which were once healed wrongly or not at all: what the templates and the gate make of them together. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { codeOf } from "../../actors/healing/code.ts"
import { makeTrial } from "../../actors/healing/trial.ts"
import type { Hosts } from "../../actors/hosts/host.ts"
import { hosts } from "../../actors/hosts/open-host.ts"
import type { Verdict } from "../../healing/candidate.ts"
import { candidatesOf } from "../../healing/candidates.ts"
import type { Failure } from "../../healing/failure.ts"
import { prove } from "../../healing/gate.ts"
import type { Patient } from "../../healing/patient.ts"
import type { Play, World } from "../../healing/tape.ts"
import { templates } from "../../healing/templates/index.ts"
import type { Outcome } from "../../healing/trial.ts"

let folder = ""
let scope: Scope.Closeable
let places: Hosts
let plugins = 0
beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-foreign-")))
  scope = Effect.runSync(Scope.make())
  places = await Effect.runPromise(hosts({ cwd: folder }).pipe(Scope.provide(scope)))
})
afterAll(async () => {
  await Effect.runPromise(Scope.close(scope, Exit.void))
  rmSync(folder, { recursive: true, force: true })
})

const options = { patience: 10_000 }

interface Fault {
  /** The library as its author wrote it; it exports `run`, which gets the tool's input. */
  readonly right: string
  readonly from: string
  readonly to: string
  /** The first that fails is what is mended; those before it are on tape. */
  readonly inputs: ReadonlyArray<unknown>
  /** Of the inputs, how many are examples as well. */
  readonly examples?: number
}

interface Healed {
  readonly verdict: Verdict
  /** Whether with the repair every input gives what the unbroken code gives. */
  readonly isRight: boolean
}

const pluginOf = (examples: ReadonlyArray<unknown>) => `import { definePlugin, defineTool } from "kintsugi/plugin"
import { run } from "./lib.js"
export default definePlugin({ name: "foreign", tools: [defineTool({
  name: "t", description: "Somebody's library.", risk: "read", input: { type: "object" },
  ${examples.length === 0 ? "" : `examples: ${JSON.stringify(examples)},`}
  async execute(input) { return { success: true, data: await run(input) } }
})] })
`

const heal = async ({ right, from, to, inputs, examples = 0 }: Fault): Promise<Healed> => {
  expect(right).toContain(from)
  const root = join(folder, String(plugins++))
  const [module, file] = [join(root, "index.js"), join(root, "lib.js")]
  mkdirSync(root)
  writeFileSync(join(root, "package.json"), `{ "type": "module" }`)
  writeFileSync(file, right)
  writeFileSync(module, pluginOf([]))
  const trial = makeTrial({ hosts: places, source: { name: "foreign", module } })
  const world: World = { cwd: root, taskStartedAt: 0, uses: [] }
  const play = (input: unknown): Play => ({ kind: "recorded", tool: "t", input, world })
  const outcomes = async (sources: ReadonlyMap<string, string>): Promise<ReadonlyArray<Outcome>> => {
    const report = await Effect.runPromise(trial.play(sources, inputs.map(play), options))
    return report.loaded ? report.outcomes : []
  }
  try {
    const truth = await outcomes(new Map())
    const spoken = inputs
      .slice(0, examples)
      .map((input, at) => ({ input, output: truth[at]?.type === "answered" ? truth[at].answer : {} }))
    writeFileSync(module, pluginOf(spoken))
    writeFileSync(
      file,
      right.replace(from, () => to)
    )
    const patient = patientOf(codeOf({ module }), inputs.map(play), await outcomes(new Map()))
    const verdict = await Effect.runPromise(prove(patient, candidatesOf(patient, templates), trial, options))
    const after = verdict.type === "accepted" ? await outcomes(verdict.candidate.sources) : []
    return { verdict, isRight: JSON.stringify(after.map(said)) === JSON.stringify(truth.map(said)) }
  } finally {
    await trial.close()
  }
}

const said = (outcome: Outcome) => {
  if (outcome.type === "answered") return outcome.answer
  return outcome.type === "refused" ? outcome.problems : outcome.failure.said
}

const patientOf = (code: Patient["code"], plays: ReadonlyArray<Play>, outcomes: ReadonlyArray<Outcome>): Patient => {
  const at = outcomes.findIndex(({ type }) => type === "threw")
  const [broken, failing] = [outcomes[at], plays[at]]
  const recorded = plays.slice(0, Math.max(at, 0)).flatMap(({ tool, input, world }, n) => {
    const one = outcomes[n]
    return one?.type === "answered" ? [{ tool, input, world, answer: one.answer, isPartial: false }] : []
  })
  const common = { plugin: "foreign", tool: "t", ...(code === undefined ? {} : { code }) }
  return broken?.type === "threw" && failing !== undefined
    ? { ...common, failure: broken.failure, failing: { ...failing, kind: "failing" }, recorded }
    : { ...common, failure: brokenExample, recorded: [] }
}

const brokenExample: Failure = {
  kind: "broken_example",
  errorClass: "execution_error",
  name: "",
  said: "an example does not hold",
  property: "0",
  message: "",
  frames: []
}

/** What was claimed: nothing, or that it is repaired. */
const claimOf = ({ verdict }: Healed) =>
  verdict.type === "accepted" && verdict.state !== "degraded" ? verdict.state : "none"

const args = `export function run({ argv }) {
  const out = { _: [] };
  const set = (key, value) => {
    const path = key.split('.');
    const last = path.pop();
    let node = out;
    for (const part of path) node = node[part] ??= {};
    node[last] = value;
  };
  for (const arg of argv) {
    if (!arg.startsWith('--')) out._.push(arg);
    else {
      const [name, text] = arg.slice(2).split('=');
      set(name, text ?? true);
    }
  }
  return out;
}
`
const argv = [["a", "--x=1"], ["--a.b=2", "--a.c"], [], ["--v", "--w=x=y"]].map((one) => ({ argv: one }))

const titles = `export const run = ({ rows }) => rows.map((row) => (row.title ? row.title.toUpperCase() : '-'));
export const label = (rows) => rows.map((row) => row.name + row.titles.join('/'));
`
const books = [[{ title: "ab" }, {}], [], [{ titles: ["q"], title: "r" }]].map((rows) => ({ rows }))

const columns = `export function run({ lists }) {
  let longest = 0;
  for (const list of lists) if (list.length > longest) longest = list.length;
  return Array.from({ length: longest }, (_, n) => lists.map((list) => list[n] ?? null));
}
`
const tables = [
  [
    [1, 2],
    ["a", "b"]
  ],
  [[1], [2, 3]],
  [["x", "y"], [], ["z"]]
].map((lists) => ({ lists }))

const stats = `export function run({ numbers }) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return { count: sorted.length, min: sorted[0] ?? null, max: sorted.at(-1) ?? null };
}
`
const numbers = [[5, 1, 9], [], [2], [4, 8, 6, 7]].map((one) => ({ numbers: one }))

const pages = `class Page {
  #cache = new Map();
  constructor(id) {
    this.id = id;
  }
  static kindOf(id) {
    return id.length > 1 ? 'long' : 'short';
  }
  view(tag) {
    this.#cache.set(tag, (this.#cache.get(tag) ?? 0) + 1);
    return [...this.#cache.entries()];
  }
}
async function load(id) {
  const page = /* as it is asked for */ new Page(id);
  return page;
}
export async function run({ id, tags }) {
  const page = await load(id);
  const seen = tags.map((tag) => page.view(tag)).at(-1) ?? [];
  return { id: page.id.toUpperCase(), kind: page.constructor.kindOf(id), seen };
}
`
const visits = [
  { id: "a", tags: ["x", "x"] },
  { id: "bb", tags: [] },
  { id: "c", tags: ["y"] }
]

describe("foreign code", () => {
  it.each([
    ["a failure that is avoided", { right: titles, from: "row.title.to", to: "row.titles.to", inputs: books }],
    [
      "a condition that no example asks",
      { right: columns, from: "list.length >", to: "list.size >", inputs: tables, examples: 2 }
    ],
    ["a list taken for a text", { right: args, from: "!arg.startsWith", to: "!argv.startsWith", inputs: argv }],
    ["an example met by chance", { right: stats, from: "at(-1)", to: "at(+1)", inputs: numbers, examples: 1 }]
  ])("is not called repaired when it is not: %s", async (_, fault) => {
    const healed = await heal(fault)
    expect([claimOf(healed), healed.isRight]).not.toEqual([expect.stringMatching(/healed|provisional/), false])
  })

  it.each([
    ["await load(id)", "load(id)"],
    ["page.id.toUpperCase", "page.id.toUppercase"],
    ["return page;", "page;"],
    ["this.#cache.get(tag)", "this.#cache.gett(tag)"]
  ])("is mended where it is plain what was meant: %s", async (from, to) => {
    const healed = await heal({ right: pages, from, to, inputs: visits })
    expect([claimOf(healed), healed.isRight]).toEqual(["provisional", true])
  })
})
