/** The quick judge's place: a process that loads a plugin's folder and plays tests and examples against it, in memory. */
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import { isNativeError } from "node:util/types"
import { provided } from "../../../actors/hosts/entry-files.ts"
import { provide } from "../../../actors/hosts/provide.ts"
import { readPlugin } from "../../../actors/hosts/read-plugin.ts"
import type { Example, Tool } from "../../../plugins/index.ts"
import { within } from "../../../plugins/ports/within.ts"
import type { HiddenTest } from "./hidden-test.ts"
import { memoryWorld, type World } from "./memory-world.ts"
import type { QuickJob, QuickReport, TestEnd } from "./quick.ts"
import { isRight } from "./verdict.ts"

interface Test extends Pick<HiddenTest, "tool" | "input" | "answer" | "written"> {
  readonly world: World
}

let stray: unknown
const onStray = (error: unknown) => void (stray = error)
process.on("uncaughtException", onStray)
process.on("unhandledRejection", onStray)
provide(provided)

/** Milliseconds of one call. */
const patience = 600

const describe = (error: unknown): string => {
  if (!isNativeError(error)) return `a thrown ${typeof error}`
  const code = "code" in error ? ` (${String(error.code)})` : ""
  return `${error.name}${code}: ${error.message.split("\n")[0]}`
}

const natives: ReadonlySet<string> = new Set(["TypeError", "ReferenceError", "RangeError", "SyntaxError", "URIError"])

/** Not what the host finds wrong with an answer, nor what the author throws. */
const isNative = (error: unknown, folder: string): boolean => {
  if (!isNativeError(error) || !natives.has(error.name)) return false
  const [first = ""] = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^ +at .*(file:|\/)/.test(line) && !line.includes("node:"))
  return first.includes(folder)
}

const play = async (tool: Tool | undefined, { input, world, ...test }: Test, folder: string): Promise<TestEnd> => {
  if (tool === undefined) return { end: "threw", message: `there is no tool ${test.tool}` }
  stray = undefined
  const { context, read, remove } = memoryWorld(world, dirname(folder))
  try {
    const decoded = await tool.decode(input)
    if ("problems" in decoded) return { end: "wrong", message: decoded.problems }
    const running = Promise.resolve(tool.execute(decoded.input, context))
    if (!(await within(running, patience))) return { end: "hung", message: "it did not answer" }
    const answer = await running
    // What it left floating fails a turn later.
    await new Promise((resolve) => setImmediate(resolve))
    if (stray !== undefined) return { end: "threw", message: describe(stray), isNative: isNative(stray, folder) }
    return isRight(test, answer, read) ? { end: "right" } : { end: "wrong", message: JSON.stringify(answer) }
  } catch (error) {
    return { end: "threw", message: describe(error), isNative: isNative(error, folder) }
  } finally {
    remove()
  }
}

const testOf = (test: HiddenTest): Test => ({ ...test, world: test })

const exampleOf = (tool: string, { input, output, written, files, commands, responses }: Example): Test => ({
  tool,
  input,
  answer: typeof output === "string" ? { success: true, data: output } : { success: true, ...output },
  ...(written === undefined ? {} : { written }),
  world: { ...(files && { files }), ...(commands && { commands }), ...(responses && { responses }) }
})

const judge = async ({ folder, main, hidden, history }: QuickJob): Promise<QuickReport> => {
  let tools: ReadonlyArray<Tool>
  try {
    const { plugin } = await readPlugin(await import(pathToFileURL(join(folder, main)).href))
    tools = plugin.tools ?? []
  } catch (error) {
    return { load: describe(error), hidden: [], history: [], examples: [], asCalls: [] }
  }
  const named = new Map(tools.map((tool) => [tool.name, tool]))
  const playAll = async (tests: ReadonlyArray<Test>) => {
    const ends: Array<TestEnd> = []
    for (const test of tests) ends.push(await play(named.get(test.tool), test, folder))
    return ends
  }
  const examples = tools.flatMap((tool) => (tool.examples ?? []).map((example) => exampleOf(tool.name, example)))
  const asCalls = examples
    .filter(({ world }) => world.commands === undefined)
    .map(({ world, ...test }) => ({ ...test, ...world }))
  return {
    hidden: await playAll(hidden.map(testOf)),
    history: await playAll(history.map(testOf)),
    examples: await playAll(examples),
    asCalls
  }
}

process.on("message", (job: QuickJob) => {
  void judge(job).then((report) => process.send?.(report))
})
process.on("disconnect", () => process.exit(0))
