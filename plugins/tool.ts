/** What a tool is, and how one is defined. */
import type { Inquiry, InquiryReply } from "./inquiry.ts"
import type { Agents, Exec, Files, Stores } from "./ports.ts"
import {
  type InputSchema,
  type JsonSchema,
  type OutputSchema,
  type ReadSchema,
  readOutput,
  readSchema
} from "./schema.ts"
import { BrokenPromise } from "./broken-promise.ts"

/** What a call may do to the world; permissions are decided by it. */
export type Risk = "read" | "write" | "execute" | "network"

/** Why an answer is not a success, in the classes a model may react to. */
export type ErrorClass =
  | "missing_dependency"
  | "permission_denied"
  | "invalid_arguments"
  | "invalid_json_args"
  | "network_timeout"
  | "skill_workflow_error"
  | "not_found"
  | "cancelled"
  | "interrupted"
  | "execution_error"

/** An image that an answer shows to models that can see. */
export interface AnswerImage {
  readonly mime: string
  /** Base64. */
  readonly data: string
}

/** A file that went to the user with an answer; whoever comes later gets it by its id. */
export interface SentFile {
  /** Within its session. */
  readonly id: string
  readonly name: string
  readonly mime: string
  /** Bytes. */
  readonly size: number
}

/**
 * What an answer is worth when something broke on the way.
 * contained (S0): it failed, in time and honestly · degraded (S1): answered, something was skipped, invented or stubbed,
 * and is named · provisional (S2): answered by repaired code on probation · healed (S3): that, and the tool's own
 * examples pass · false_heal (SX): it was called repaired, or an error was swallowed, and that was not true.
 */
export type Outcome = "contained" | "degraded" | "provisional" | "healed" | "false_heal"

/** The one result of a call. An expected failure (missing file, exit code 1) is an answer with `success: false`, never a throw. */
export interface Answer {
  readonly success: boolean
  /** What the model reads: text as it is, anything else as JSON. */
  readonly data?: unknown
  readonly error?: string
  readonly errorClass?: ErrorClass
  /** The rule in `permissions.allow` that would have let it through, when nobody was there to ask. */
  readonly needs?: string
  /** One line for people. */
  readonly summary?: string
  /** Unified diff of what changed, for people. */
  readonly diff?: string
  readonly images?: ReadonlyArray<AnswerImage>
  readonly sent?: SentFile
  /** Absent: nothing broke. */
  readonly outcome?: Outcome
  /** What was skipped, invented or stubbed, one line each; never empty when `outcome` is `degraded`. */
  readonly degraded?: ReadonlyArray<string>
  /** Id of the repair that stands behind it. */
  readonly seam?: string
  /** What plugins know about such a failure; the model reads it below the error. */
  readonly advice?: ReadonlyArray<Advice>
}

export interface Advice {
  /** Who says so. */
  readonly plugin: string
  /** What went wrong, in a sentence; empty when it does not know. */
  readonly diagnosis: string
  /** What to do about it, the likeliest first. */
  readonly fixes: ReadonlyArray<string>
}

export interface ToolContext {
  /** Aborted when the user cancels, the call times out or the session closes. */
  readonly signal: AbortSignal
  /** Shows text to the user while the tool works; the model does not see it. */
  readonly progress: (text: string) => void
  readonly log: (message: string) => void
  /** Absolute path of the working folder. */
  readonly cwd: string
  readonly files: Files
  readonly exec: Exec
  readonly fetch: typeof fetch
  /** Id of the session that the call belongs to. */
  readonly session: string
  readonly store: Stores
  readonly agents: Agents
  /**
   * Asks the user something while the call runs; its time stands meanwhile. Never rejects: where nobody is there to answer, and when
   * `signal` is aborted, the reply is `cancel`.
   */
  readonly ask: (inquiry: Inquiry) => Promise<InquiryReply>
  /** When the user message that this call serves arrived, milliseconds since the Unix epoch. */
  readonly taskStartedAt: number
}

/** What a call is about to do, told before it does it: shown in the question to the user and matched by permission rules. */
export interface Preview {
  /** Overrides the tool's own risk for this call. */
  readonly risk?: Risk
  /** Shell command it will run. */
  readonly command?: string
  /** Real absolute paths it will touch. */
  readonly paths?: ReadonlyArray<string>
  /** Address it will contact. */
  readonly url?: string
  /** Unified diff of the change it will make. */
  readonly diff?: string
  /** One line for people: what none of the above says. */
  readonly summary?: string
}

/**
 * A call and what comes of it, as the author promises. It is what a repair of the tool is proved by, and it is checked when
 * the plugin's code is new. Its world is what stands here and nothing else: no file, command or address is touched.
 */
export interface Example {
  readonly input: unknown
  /** What `execute` returns: a text, or those fields of its answer that matter. */
  readonly output: string | Partial<Answer>
  /** Files in the working folder before the call, by relative path. */
  readonly files?: Readonly<Record<string, string>>
  /** Files that the call writes, by relative path, as they are afterwards. */
  readonly written?: Readonly<Record<string, string>>
  /** What commands say: their output, or with their exit code. */
  readonly commands?: Readonly<Record<string, string | { readonly code: number; readonly output: string }>>
  /** What addresses say: the body of a 200, or with their status. */
  readonly responses?: Readonly<Record<string, string | { readonly status: number; readonly body: string }>>
}

export interface ToolSpec<Input> {
  /** Letters, digits, `_` and `-`, at most 64: what every provider accepts. */
  readonly name: string
  readonly description: string
  readonly risk: Risk
  /** Standard Schema that can say itself as JSON Schema (zod, valibot, …), or JSON Schema. */
  readonly input: InputSchema<Input>
  /** Calling it again does no harm: it may be repeated after a crash. Default: true for `read`. */
  readonly idempotent?: boolean
  /** May run beside other calls of the same reply. Default: true for `read`; others run one after another, in order. */
  readonly parallel?: boolean
  /** A successful answer of this tool ends the turn; its summary is the final answer. */
  readonly final?: boolean
  /** Seconds until the call is aborted; default `tools.timeout`. `false` when the tool keeps its own time. */
  readonly timeout?: number | false
  /**
   * Its calls do nothing but wait for agents that they start, so they take no place among those of its plugin that may run
   * at the same time. Default false.
   */
  readonly waits?: boolean
  /** Models are not told of it, so that it takes no room; they find it by other means and may call it all the same. */
  readonly deferred?: boolean
  /**
   * The tool that a call of this one is about, and its input: the call goes on as one of that tool, under its rules besides those
   * for this one. Nothing, or a tool that the session has not: it runs itself. Only of plugins that run in process.
   */
  readonly forwards?: (input: unknown) => { readonly tool: string; readonly input: unknown } | undefined
  readonly preview?: (input: Input, context: ToolContext) => Promise<Preview> | Preview
  /** Schema that the `data` of a successful answer fits. What does not fit is a failure of the tool. */
  readonly output?: OutputSchema
  /** What holds after a successful call. Whatever it returns but `true` and `undefined`, and any throw, is a failure of the tool. */
  readonly post?: (input: Input, output: unknown) => boolean | string | void | Promise<boolean | string | void>
  readonly examples?: ReadonlyArray<Example>
  /** A returned string is `{ success: true, data }`. */
  readonly execute: (input: Input, context: ToolContext) => Promise<Answer | string> | Answer | string
}

/** A tool as the host sees it: its input type is checked at run time by `decode`. */
export interface Tool extends Omit<ToolSpec<never>, "input" | "output" | "post" | "execute" | "preview"> {
  readonly idempotent: boolean
  readonly parallel: boolean
  readonly final: boolean
  /** Name of the MCP server that it is of. */
  readonly server?: string
  /** JSON Schema of the input, as models read it. */
  readonly parameters: JsonSchema
  /** @returns the validated input, or what is wrong with it, each field named. */
  readonly decode: (input: unknown) => Promise<{ readonly input: unknown } | { readonly problems: string }>
  readonly preview: (input: unknown, context: ToolContext) => Promise<Preview>
  readonly execute: (input: unknown, context: ToolContext) => Promise<Answer>
}

/**
 * Makes a tool.
 *
 * @throws TypeError naming the tool, the field and what was expected, at once and not at the first call.
 *
 * @example
 * defineTool({
 *   name: "word_count",
 *   description: "Count the words in a text.",
 *   risk: "read",
 *   input: z.object({ text: z.string() }),
 *   execute: ({ text }) => String(text.split(/\s+/).length)
 * })
 */
export const defineTool = <Input>(spec: ToolSpec<Input>): Tool => {
  const complain = (field: string, expected: string): never => {
    throw new TypeError(`tool ${JSON.stringify(spec.name)}: ${field} must be ${expected}`)
  }
  if (typeof spec.name !== "string" || !/^[a-zA-Z0-9_-]{1,64}$/.test(spec.name))
    complain("name", "1 to 64 letters, digits, _ or -")
  if (typeof spec.description !== "string" || spec.description.trim() === "")
    complain("description", "a text that the model reads")
  if (!["read", "write", "execute", "network"].includes(spec.risk)) complain("risk", "read, write, execute or network")
  if (typeof spec.execute !== "function") complain("execute", "a function")
  const asked = "a Standard Schema with JSON Schema support, or a JSON Schema object"
  let schema: ReadSchema | undefined
  try {
    schema = readSchema(spec.input)
  } catch (error) {
    complain("input", `${asked} (${error instanceof Error ? error.message : String(error)})`)
  }
  if (schema === undefined) return complain("input", asked)
  const { output, post, ...rest } = spec
  if (post !== undefined && typeof post !== "function") complain("post", "a function")
  if (spec.examples !== undefined && !(Array.isArray(spec.examples) && spec.examples.every(isExample)))
    complain("examples", "a list of { input, output, … }")
  const checkOutput = output === undefined ? undefined : readOutput(output)
  if (output !== undefined && checkOutput === undefined)
    complain("output", "a Standard Schema, or a JSON Schema object")

  /** @throws BrokenPromise when the answer is not what the tool says of its answers. */
  const kept = async (input: unknown, answer: Answer): Promise<Answer> => {
    if (!answer.success) return answer
    const problems = await checkOutput?.(answer.data)
    if (problems !== undefined) throw new BrokenPromise(spec.name, "output", problems)
    const held: unknown = await post?.(input as Input, answer.data)
    if (held === undefined || held === true) return answer
    throw new BrokenPromise(spec.name, "post", typeof held === "string" ? held : "it does not hold")
  }

  const tool: Tool = {
    ...rest,
    idempotent: spec.idempotent ?? spec.risk === "read",
    parallel: spec.parallel ?? spec.risk === "read",
    final: spec.final ?? false,
    parameters: schema.parameters,
    decode: schema.decode,
    // The casts to its input are the boundary: `decode` has checked what arrives here.
    preview: async (input, context) => (await spec.preview?.(input as Input, context)) ?? {},
    execute: async (input, context) => {
      const answer: unknown = await spec.execute(input as Input, context)
      if (typeof answer === "string") return kept(input, { success: true, data: answer })
      if (isAnswer(answer)) return kept(input, answer)
      throw new TypeError(
        `tool ${JSON.stringify(spec.name)}: execute must return a string or { success, … }, not ${describe(answer)}`
      )
    }
  }
  written.set(tool, spec)
  return tool
}

const written = new WeakMap<object, object>()

/** The object that its author wrote: `this` in its `execute`. */
export const writtenAs = (tool: Tool): object | undefined => written.get(tool)

const isAnswer = (value: unknown): value is Answer =>
  typeof value === "object" && value !== null && "success" in value && typeof value.success === "boolean"

const isExample = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "input" in value && "output" in value

const describe = (value: unknown): string =>
  typeof value === "object" && value !== null ? "an object without success" : String(value)

/** An expected failure as an answer. */
export const refuse = (errorClass: ErrorClass, error: string): Answer => ({ success: false, errorClass, error })
