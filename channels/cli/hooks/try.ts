/** `kintsugi hooks try`: the hooks of an event are run as a session would run them, and what each says is shown. */
import { pluginData } from "../../../actors/plugin/parts.ts"
import { type CommandHook, type CommandHookEvent, commandHookEvents } from "../../../plugins/command-hooks.ts"
import { askHooks, type Occasion, refusedBy, type Said } from "../../../plugins/command-hooks/ask-hooks.ts"
import { type Fields, isFields } from "../../../plugins/command-hooks/fields.ts"
import { hookPlace } from "../../../plugins/command-hooks/hook-place.ts"
import { commandOf, problemLine, whereOf } from "../../../plugins/command-hooks/lines.ts"
import * as occasions from "../../../plugins/command-hooks/occasions.ts"
import type { HookRun } from "../../../plugins/command-hooks/run-hook.ts"
import { ourInput } from "../../../plugins/command-hooks/shapes.ts"
import { ourTools } from "../../../plugins/foreign-tools.ts"
import { CliError, type Io } from "../io.ts"
import { oneLine, printable } from "../printable.ts"
import { hooksAround } from "./around.ts"

interface Options {
  readonly tool?: string
  readonly input?: string
  readonly json?: true
}

/** @throws CliError 1 when one of them fails, or nobody can tell what one would say. */
export const tryHooks = async (io: Io, name: string, { tool, input, json }: Options): Promise<void> => {
  const event = commandHookEvents.find((one) => one === name)
  if (event === undefined)
    throw new CliError(2, `no event ${JSON.stringify(name)} is known; there are: ${commandHookEvents.join(", ")}`)
  const occasion = occasionOf(event, io.cwd, tool, fieldsOf(input))
  const { hooks, problems } = await hooksAround(io)
  const untrusted = hooks.filter((hook) => hook.event === event && !hook.source.trusted)
  if (untrusted.length > 0)
    io.stderr.write("Hooks of this folder are not tried: it is not trusted; see kintsugi trust\n")
  const problem = refusedBy(problems, occasion)
  const trials = await run(
    io,
    hooks.filter(({ source }) => source.trusted),
    occasion
  )
  if (json) io.stdout.write(`${JSON.stringify(trials.map(rowOf), null, 2)}\n`)
  else io.stdout.write(trials.length === 0 ? "no hook is for this\n" : trials.map(linesOf).join("\n"))
  if (problem !== undefined) throw new CliError(1, printable(oneLine(problemLine(problem), 600)))
  if (trials.some(({ verdict }) => verdict.failure !== undefined)) throw new CliError(1, "")
}

interface Trial extends Said {
  /** Absent: it was not run. */
  readonly run?: HookRun | undefined
}

const run = async (io: Io, hooks: ReadonlyArray<CommandHook>, occasion: Occasion): Promise<ReadonlyArray<Trial>> => {
  const site = { cwd: io.cwd, env: () => io.env, pluginData: (plugin: string) => pluginData(io.env, plugin) }
  const place = hookPlace("try", site)
  const runs = new Map<CommandHook, HookRun>()
  try {
    const transcript_path = place.transcript().path
    const common = { session_id: "try", transcript_path, cwd: io.cwd, permission_mode: "default" }
    const input: Occasion["input"] = (name) => ({ ...common, hook_event_name: occasion.event, ...occasion.input(name) })
    // Nobody waits for those in the background, in whose place their end is what is tried here.
    const all = hooks.map(({ background: _, ...hook }) => hook)
    const said = await askHooks(all, { ...occasion, input }, async (order) => {
      const one = await place.run(order)
      runs.set(order.hook, one)
      return one
    })
    return said.map((one) => ({ ...one, run: runs.get(one.hook) }))
  } finally {
    await place.close()
  }
}

const fieldsOf = (text: string | undefined): Fields => {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (isFields(value)) return value
  } catch {
    // Said below.
  }
  throw new CliError(2, `--input must be a JSON object, for example '{"command":"rm x"}'`)
}

/** What is not given is what it most often is. */
const occasionOf = (event: CommandHookEvent, cwd: string, name: string | undefined, given: Fields): Occasion => {
  const around = { cwd, servers: [] }
  if (event === "PreToolUse" || event === "PostToolUse") {
    if (name === undefined) throw new CliError(2, `${event} is about calls: say which with --tool NAME --input JSON`)
    const [tool = name] = ourTools(name)
    const call = { callId: "try", tool, input: ourInput(tool, given, {}) }
    if (event === "PreToolUse") return occasions.calling(call, around)
    return occasions.called({ ...call, answer: { success: true, data: "" } }, around)
  }
  const text = (key: string, usual: string): string => (typeof given[key] === "string" ? given[key] : usual)
  const told = usualOf(event, text)
  return { ...told, input: (matched) => ({ ...told.input(matched), ...given }) }
}

const usualOf = (
  event: Exclude<CommandHookEvent, "PreToolUse" | "PostToolUse">,
  text: (key: string, usual: string) => string
): Occasion => {
  const reply = { text: text("last_assistant_message", "Done."), again: 0 }
  switch (event) {
    case "UserPromptSubmit":
      return occasions.submitted({ text: text("prompt", "Hello.") })
    case "SessionStart":
      return occasions.starting(text("source", "startup"), text("model", "scripted/try"))
    case "SessionEnd":
      return { ...occasions.ended, names: [text("reason", "other")] }
    case "PreCompact":
      return occasions.compacting(text("trigger", "manual") === "auto" ? "auto" : "manual", "")
    case "Stop":
      return occasions.stopping(reply)
    case "SubagentStop":
      return occasions.stopping(reply, "")
  }
}

const rowOf = ({ hook, verdict, run }: Trial) => ({
  event: hook.event,
  command: hook.command,
  path: hook.source.path,
  ...(run !== undefined && { exit_code: run.code ?? null, stdout: run.stdout, stderr: run.stderr }),
  comes_of_it: comesOf(verdict)
})

const linesOf = ({ hook, verdict, run }: Trial): string => {
  const outputs = [
    ["stdout", run?.stdout],
    ["stderr", run?.stderr]
  ].flatMap(([name, text = ""]) => (text.trim() === "" ? [] : [`  ${name}: ${text.trim().replaceAll("\n", "\n    ")}`]))
  const end = run === undefined ? [] : [`  exit code: ${run.code ?? run.signal ?? "none"}`]
  const lines = [`${hook.event} ${commandOf(hook)} (${whereOf(hook.source)})`, ...end, ...outputs]
  return [...lines, ...comesOf(verdict).map((line) => `  → ${line}`)].map((line) => `${printable(line)}\n`).join("")
}

const comesOf = (verdict: Said["verdict"]): ReadonlyArray<string> => {
  const { deny, ask, allow, input, context, blame, output, goOn, stop, message, failure } = verdict
  const said = [
    failure === undefined ? deny && `refuses: ${deny}` : `fails: ${failure}`,
    failure !== undefined && deny !== undefined && "and a guard that fails refuses",
    ask && `has the user asked: ${ask}`,
    allow && `lets it through unasked: ${allow}`,
    input && `changes the input: ${JSON.stringify(input)}`,
    context && `tells the model: ${context}`,
    blame && `tells the model what is wrong: ${blame}`,
    output && `puts in the answer's place: ${JSON.stringify(output.value)}`,
    goOn && `has the agent go on: ${goOn}`,
    stop && `stops the turn: ${stop}`,
    message && `tells the user: ${message}`
  ].filter((line) => typeof line === "string")
  return said.length === 0 ? ["nothing: it goes on"] : said
}
