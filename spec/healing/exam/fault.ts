/** What a question of the gate's exam is: a small tool with a fault, the human's repair, and repairs that are none. */

/** A change of the faulty text: what stands there once, and what stands there then. */
export type Edit = readonly [from: string, to: string]

export interface Fault {
  readonly name: string
  /** Before the plugin: imports, helpers. */
  readonly head?: string
  /** Properties of the input's JSON Schema; those in `optional` need not be given. */
  readonly input: Readonly<Record<string, unknown>>
  readonly optional?: ReadonlyArray<string>
  readonly risk?: string
  /** The body of `execute`. */
  readonly body: string
  /** What `execute` takes. Default `input, context`. */
  readonly takes?: string
  /** More of the tool, after `execute`. */
  readonly more?: string
  /** More of the plugin, after its tools. */
  readonly hooks?: string
  /** Other files of the plugin's folder. */
  readonly files?: Readonly<Record<string, string>>
  /** The input of the call that fails; absent: the plugin cannot be loaded. */
  readonly failing?: unknown
  /** Inputs of calls that go well all the same. */
  readonly well?: ReadonlyArray<unknown>
  /** Inputs of examples; what they give is what the human's repair gives. */
  readonly examples: ReadonlyArray<unknown>
  /** Files in the working folder of all calls. */
  readonly world?: Readonly<Record<string, string>>
  /** Repairs that are right, the human's first, each a list of changes. */
  readonly good: ReadonlyArray<ReadonlyArray<Edit>>
  /** Repairs that only look right, with what is wrong with them. */
  readonly bad?: ReadonlyArray<readonly [what: string, ...edits: ReadonlyArray<Edit>]>
}

export interface Spoken {
  readonly input: unknown
  readonly output: unknown
  readonly files?: Readonly<Record<string, string>>
}

/** The plugin's module. */
export const sourceOf = (fault: Fault, examples: ReadonlyArray<Spoken>): string => {
  const {
    head = "",
    input,
    optional = [],
    risk = "read",
    body,
    takes = "input, context",
    more = "",
    hooks = ""
  } = fault
  const required = Object.keys(input).filter((key) => !optional.includes(key))
  const schema = JSON.stringify({ type: "object", properties: input, required })
  const shown = examples.length === 0 ? "" : `\n      examples: ${JSON.stringify(examples)},`
  return `import { definePlugin, defineTool } from "kintsugi/plugin"
${head}

export default definePlugin({
  name: "exam",
  tools: [
    defineTool({
      name: "${fault.name}",
      description: "A tool of the exam.",
      risk: "${risk}",
      input: ${schema},${shown}
      async execute(${takes}) {
${indent(body)}
      }${more === "" ? "" : `,\n      ${more}`}
    })
  ]${hooks === "" ? "" : `,\n  ${hooks}`}
})
`
}

const indent = (body: string): string =>
  body
    .trim()
    .split("\n")
    .map((line) => `        ${line}`)
    .join("\n")

/** @throws when a change does not fit exactly once: the question is wrong then. */
export const edited = (source: string, edits: ReadonlyArray<Edit>): string =>
  edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw new Error(`${JSON.stringify(from)} does not stand there exactly once`)
    return text.replace(from, () => to)
  }, source)

export const string = { type: "string" }
export const number = { type: "number" }
export const list = (items: unknown = string) => ({ type: "array", items })
