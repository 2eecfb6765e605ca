/**
 * What a hook's end means: its exit code, and the JSON on its standard output (code.claude.com/docs/en/hooks, "Exit code output" and "JSON
 * output"). Of a guard only a documented yes is one: everything that cannot be understood is a no. This is where we are stricter
 * than Claude Code, to which a guard that crashes is no hindrance.
 */
import type { CommandHookEvent } from "../command-hooks.ts"
import { guardEvents } from "./read-hooks.ts"
import type { HookRun } from "./run-hook.ts"
import { type Fields, isFields } from "./fields.ts"

/** Each absent: nothing is said of it. */
export interface Verdict {
  /** PreToolUse, UserPromptSubmit, PreCompact: no, and why. */
  readonly deny?: string
  /** PreToolUse: the user is to be asked, or need not be. */
  readonly ask?: string
  readonly allow?: string
  /** PreToolUse: the input in Claude Code's words, as it is to be. */
  readonly input?: Fields
  /** What the model is to know. */
  readonly context?: string
  /** PostToolUse: what is wrong with what was done, for the model. */
  readonly blame?: string
  /** PostToolUse: what stands for the tool's own result. */
  readonly output?: { readonly value: unknown; readonly mcpOnly: boolean }
  /** Stop, SubagentStop: what is to be done first. */
  readonly goOn?: string
  /** Nothing more is to be done in this turn; why, for the user. */
  readonly stop?: string
  /** For the user. */
  readonly message?: string
  /** It did not do what a hook does: why, for the user. Of a guard it stands beside `deny`. */
  readonly failure?: string
}

export const verdictOf = (event: CommandHookEvent, run: HookRun): Verdict => {
  const isGuard = guardEvents.includes(event)
  const broken = (failure: string): Verdict => (isGuard ? { failure, deny: failure } : { failure })
  const trouble = troubleOf(run)
  if (trouble !== undefined) return broken(`${trouble}${quoted(run.stderr)}`)
  if (run.code === 2) return blocked(event, cut(run.stderr.trim(), mostReason))
  const said = parsed(run)
  if (said === undefined && run.cut && event === "PreToolUse") return broken("its output is too long to be read")
  if (said === undefined) {
    const text = run.stdout.trim()
    return takesText(event) && text !== "" ? { context: cut(text, mostContext) } : {}
  }
  if (typeof said === "string") return broken(said)
  const read = { ...common(said), ...decided(event, said) }
  if ("wrong" in read) return broken(`it says what is not understood: ${read.wrong}`)
  // Said twice, or where it does not belong: JSON takes the last, and a guard that puts a call's words together may be made to say it.
  return isGuard && saysMore(read, run.stdout) ? broken("its JSON also says no, where it does not count") : read
}

/** Whether a stricter word stands there than the one that is read; within a text of JSON its quotes would be escaped. */
const saysMore = ({ deny, ask, stop }: Verdict, text: string): boolean =>
  deny === undefined && stop === undefined && (refusing.test(text) || (ask === undefined && asking.test(text)))

const refusing = /"(?:permissionDecision|decision)"\s*:\s*"(?:deny|block)"|"continue"\s*:\s*false/
const asking = /"(?:permissionDecision|decision)"\s*:\s*"ask"/

/** Characters. */
const mostContext = 10_000
const mostReason = 4000

export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}… [cut]` : text)

const quoted = (stderr: string): string => {
  const text = stderr.trim()
  return text === "" ? "" : `: ${cut(text, 1000)}`
}

const troubleOf = ({ code, signal, late, failed }: HookRun): string | undefined => {
  if (failed !== undefined) return `it could not be started (${failed})`
  if (late) return "it took too long and was ended"
  if (code === undefined) return `it was ended by ${signal ?? "a signal"}`
  if (code === 0 || code === 2) return undefined
  // By convention of the shell.
  const known = { 126: ": its file cannot be run", 127: ": there is no such command" }[code]
  return `it ended with exit code ${code}${known ?? ""}`
}

/** Exit code 2. */
const blocked = (event: CommandHookEvent, stderr: string): Verdict => {
  const why = stderr === "" ? "it said no without a reason" : stderr
  if (event === "PostToolUse") return { blame: why }
  if (event === "Stop" || event === "SubagentStop") return { goOn: why }
  if (event === "SessionStart" || event === "SessionEnd") return { message: why }
  return { deny: why }
}

const takesText = (event: CommandHookEvent): boolean => event === "UserPromptSubmit" || event === "SessionStart"

/** What stands in answers and nowhere else: who writes it wanted to say something. */
const decisive = /"permissionDecision"\s*:|"decision"\s*:\s*"(?:block|deny)"|"continue"\s*:\s*false/

/** @returns `undefined`: it is plain text; a text: why it is neither. */
const parsed = ({ stdout, cut: isCut }: HookRun): Fields | string | undefined => {
  const text = stdout.replace(/^\uFEFF/, "").trim()
  if (!text.startsWith("{")) return decisive.test(text) ? "it wrote something else besides its JSON" : undefined
  if (isCut) return "its JSON is too long"
  try {
    const value: unknown = JSON.parse(text)
    return isFields(value) ? value : "its JSON is no object"
  } catch {
    return "its output begins like JSON and is none"
  }
}

type Read = Verdict | { readonly wrong: string }

const fields = ["systemMessage", "stopReason", "reason"] as const

const common = (said: Fields): Read => {
  const bad = fields.find((name) => !isText(said[name]))
  if (bad !== undefined) return { wrong: `${bad} is no text` }
  if (said.continue !== undefined && typeof said.continue !== "boolean")
    return { wrong: "continue is no true or false" }
  return {
    ...(filled(said.systemMessage) && { message: cut(said.systemMessage, mostContext) }),
    ...(said.continue === false && {
      stop: filled(said.stopReason) ? cut(said.stopReason, mostReason) : "it said that nothing more is to be done"
    })
  }
}

const isText = (value: unknown): boolean => value === undefined || value === null || typeof value === "string"

const filled = (value: unknown): value is string => typeof value === "string" && value.trim() !== ""

/** What the event's own words say. */
const decided = (event: CommandHookEvent, said: Fields): Read => {
  const own = said.hookSpecificOutput ?? {}
  if (!isFields(own)) return { wrong: "hookSpecificOutput is no object" }
  const { hookEventName, additionalContext } = own
  if (hookEventName !== undefined && hookEventName !== event)
    return { wrong: `hookSpecificOutput is for ${shown(hookEventName)}` }
  if (!isText(additionalContext)) return { wrong: "additionalContext is no text" }
  const context = filled(additionalContext) ? { context: cut(additionalContext, mostContext) } : {}
  const words = event === "PreToolUse" ? ofCall(said, own) : ofRest(event, said, own)
  return { ...context, ...words }
}

/** In order of strictness, as it counts. The two are what `decision` was once called. */
const decisions: Readonly<Record<string, "deny" | "ask" | "allow">> = {
  deny: "deny",
  block: "deny",
  ask: "ask",
  allow: "allow",
  approve: "allow"
}

const ofCall = (said: Fields, own: Fields): Read => {
  const { permissionDecision, permissionDecisionReason: why, updatedInput } = own
  // Where it does not belong it was still meant.
  const words = [permissionDecision, said.permissionDecision, said.decision, own.decision].filter(isSaid)
  const unknown = words.find((word) => typeof word !== "string" || !Object.hasOwn(decisions, word))
  if (unknown !== undefined) return { wrong: `the decision ${shown(unknown)}` }
  if (!isText(why)) return { wrong: "permissionDecisionReason is no text" }
  if (updatedInput !== undefined && !isFields(updatedInput)) return { wrong: "updatedInput is no object" }
  const meant = words.map((word) => decisions[String(word)])
  const strictest = (["deny", "ask", "allow"] as const).find((one) => meant.includes(one))
  const reason = filled(why) ? why : filled(said.reason) ? said.reason : "it gave no reason"
  return {
    ...(strictest !== undefined && { [strictest]: cut(reason, mostReason) }),
    ...(updatedInput !== undefined && { input: updatedInput })
  }
}

const isSaid = (word: unknown): boolean => word !== undefined && word !== null

const ofRest = (event: CommandHookEvent, said: Fields, own: Fields): Read => {
  const { decision = own.decision, reason } = said
  const outputs = event === "PostToolUse" ? outputOf(own) : {}
  if (!isSaid(decision)) return outputs
  // `approve` was the other word, once.
  if (decision !== "block") return decision === "approve" ? outputs : { wrong: `the decision ${shown(decision)}` }
  return { ...outputs, ...blocked(event, filled(reason) ? cut(reason, mostReason) : "") }
}

const outputOf = (own: Fields): Verdict => {
  if (own.updatedToolOutput !== undefined) return { output: { value: own.updatedToolOutput, mcpOnly: false } }
  return own.updatedMCPToolOutput === undefined ? {} : { output: { value: own.updatedMCPToolOutput, mcpOnly: true } }
}

const shown = (value: unknown): string => cut(JSON.stringify(value) ?? "", 40)
