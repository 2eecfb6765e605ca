/** A tool's examples as calls to be played, and whether what came of one is what its author says. */
import { isAbsolute, normalize } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Play, Use, World } from "../tape.ts"
import type { Example, Outcome, TrialTool } from "../trial.ts"

/** One for each example, in their order. Their world is what they say and nothing else. */
export const playsOf = (
  { name, examples = [] }: Pick<TrialTool, "name" | "examples">,
  { cwd, taskStartedAt }: Pick<World, "cwd" | "taskStartedAt">
): ReadonlyArray<Play> =>
  examples.map(({ input, files = {}, commands, responses }) => ({
    kind: "example",
    tool: name,
    input,
    world: {
      cwd,
      taskStartedAt,
      uses: [],
      files,
      commands: mapped(commands, (said) => (typeof said === "string" ? { code: 0, output: said } : said)),
      responses: mapped(responses, (said) => (typeof said === "string" ? { status: 200, body: said } : said))
    }
  }))

const mapped = <From, To>(record: Readonly<Record<string, From>> | undefined, to: (from: From) => To) =>
  Object.fromEntries(Object.entries(record ?? {}).map(([key, one]) => [key, to(one)]))

/** @returns one line saying what differs; `undefined` when the example holds. */
export const flawOf = ({ output, written }: Example, outcome: Outcome): string | undefined => {
  if (outcome.type === "refused") return `its input is refused: ${outcome.problems}`
  if (outcome.type !== "answered") return outcome.failure.said || outcome.failure.kind
  const { answer, beyond, effects } = outcome
  if (beyond.length > 0) return `it asks for what the example does not speak of: ${beyond[0]}`
  if (!holds(answer, output)) return `it gives ${shown(answer)} and not ${shown(output)}`
  const files = writtenBy(effects)
  for (const [path, text] of Object.entries(written ?? {})) {
    const given = files.find((one) => isSamePath(one.path, path))
    if (given?.text !== text) return `it writes ${shown(given?.text)} to ${path} and not ${shown(text)}`
  }
  if (written === undefined) return undefined
  const more = files.find(({ path }) => !Object.keys(written).some((one) => isSamePath(path, one)))
  return more === undefined ? undefined : `it writes ${more.path}, of which the example does not speak`
}

const holds = (answer: Readonly<Record<string, unknown>>, output: unknown): boolean =>
  typeof output === "string" ? answer.success === true && answer.data === output : isSubset(output, answer)

/** Whether everything that is expected is there; lists must be equal in length. */
const isSubset = (expected: unknown, given: unknown): boolean => {
  if (typeof expected !== "object" || expected === null) return isDeepStrictEqual(expected, given)
  if (typeof given !== "object" || given === null || Array.isArray(expected) !== Array.isArray(given)) return false
  if (Array.isArray(expected) && Object.keys(expected).length !== Object.keys(given).length) return false
  const known = new Map(Object.entries(given))
  return Object.entries(expected).every(([key, one]) => isSubset(one, known.get(key)))
}

/** Files as they are afterwards, each once. */
const writtenBy = (effects: ReadonlyArray<Use>) => {
  const files = new Map<string, string>()
  for (const { port, args, error } of effects) {
    const [path, data] = args
    if (port === "files.write" && error === undefined && typeof path === "string") files.set(path, textOf(data))
  }
  return [...files].map(([path, text]) => ({ path, text })).toReversed()
}

/** An example speaks of paths relative to a working folder that only its play knows. */
const isSamePath = (path: string, relative: string): boolean => {
  const [one, other] = [normalize(path), normalize(relative)]
  return one === other || (isAbsolute(one) && one.endsWith(`/${other}`))
}

const textOf = (data: unknown): string => {
  if (typeof data === "string") return data
  const isBytes = typeof data === "object" && data !== null && "base64" in data && typeof data.base64 === "string"
  return isBytes ? Buffer.from(String(data.base64), "base64").toString() : JSON.stringify(data)
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing"
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
