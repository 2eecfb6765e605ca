/** Runs a plugin's source until it breaks, gives what broke to the strategy, and runs it again with what was injected. */
import { compileFunction } from "node:vm"
import * as Effect from "effect/Effect"
import type { Code } from "../../healing/code.ts"
import { diagnose, type Failure } from "../../healing/failure.ts"
import { patch } from "../../healing/patch.ts"
import type { Patient } from "../../healing/patient.ts"
import type { Heal, Injection, NotApplicable, RepairFailed } from "../../healing/strategy.ts"

export const root = "/plugins/words"
export const module = `${root}/plugin.js`

export const codeOf = (files: Readonly<Record<string, string>>, manifest?: Readonly<Record<string, unknown>>): Code => {
  const paths = new Map(Object.entries(files).map(([name, text]) => [`${root}/${name}`, text]))
  return { root, module, files: () => [...paths.keys()], read: (path) => paths.get(path), manifest: () => manifest }
}

type Instance = Record<string, unknown>

/** `export default` takes as many characters as what stands in for it, so every position stays. */
export const load = (source: string): Instance => {
  const exported: { plug?: unknown } = {}
  const definePlugin = (plugin: unknown): unknown => plugin
  compileFunction(source.replace("export default ", "exported.plug ="), ["exported", "definePlugin"], {
    filename: module
  })(exported, definePlugin)
  const { plug } = exported
  return (typeof plug === "function" ? Reflect.construct(plug, []) : plug) as Instance
}

export interface Broken {
  readonly failure: Failure
  readonly result: Heal | NotApplicable | RepairFailed
  /** What the call gives when that is done. */
  readonly again: () => Promise<unknown>
}

export interface Call {
  readonly tool?: string
  readonly method?: string
  readonly with?: ReadonlyArray<unknown>
}

const objectOf = (instance: Instance, tool: string | undefined): Instance => {
  if (tool === undefined) return instance
  const tools = typeof instance["tools"] === "function" ? instance["tools"]() : instance["tools"]
  return (tools as ReadonlyArray<Instance>).find(({ name }) => name === tool) ?? {}
}

const callOf = (instance: Instance, { tool, method = "execute", with: input = [] }: Call): unknown => {
  const object = objectOf(instance, tool)
  return Reflect.apply(object[method] as () => unknown, object, input)
}

export const mend = (patient: Patient): Broken["result"] =>
  Effect.runSync(
    Effect.match(patch.mend(patient), {
      onSuccess: (heal): Broken["result"] => heal,
      onFailure: (refusal): Broken["result"] => refusal
    })
  )

const made = ({ value }: Injection): unknown => {
  const values = { list: [], record: {}, map: new Map(), set: new Set(), count: 0, text: "", noop: () => undefined }
  return value.kind === "json" ? structuredClone(value.value) : values[value.kind]
}

export const breakIt = async (
  source: string,
  call: Call = {},
  options: { readonly patient?: Partial<Patient>; readonly manifest?: Readonly<Record<string, unknown>> } = {}
): Promise<Broken> => {
  const instance = load(source)
  let thrown: unknown
  try {
    await callOf(instance, call)
  } catch (error) {
    thrown = error
  }
  if (thrown === undefined) throw new Error(`nothing broke in ${source}`)
  const failure = diagnose(thrown)
  const code = codeOf({ "plugin.js": source }, options.manifest)
  const result = mend({ plugin: "words", failure, code, recorded: [], ...options.patient })
  const again = async () => {
    if (!("remedy" in result) || result.remedy.type !== "inject") throw new Error("nothing was injected")
    const { injection } = result.remedy
    const target = injection.target.type === "tool" ? objectOf(instance, injection.target.tool) : instance
    target[injection.key] = made(injection)
    return callOf(instance, call)
  }
  return { failure, result, again }
}
