/** What a value in the format of `hooks` says: each command that is run here, and what of it is not, or cannot be read. */
import {
  type CommandHook,
  type CommandHookEvent,
  commandHookEvents,
  type CommandHookSet,
  type HookProblem,
  type HookSource
} from "../command-hooks.ts"
import { matcherProblem } from "./matcher.ts"
import { type Fields, isFields } from "./fields.ts"

/** Whatever is wrong with them may have been a no. */
export const guardEvents: ReadonlyArray<CommandHookEvent> = ["PreToolUse", "UserPromptSubmit"]

/** Those whose hooks are about calls. */
const callEvents: ReadonlyArray<CommandHookEvent> = ["PreToolUse", "PostToolUse"]

/** Events of Claude Code (code.claude.com/docs/en/hooks) that there are not here and whose hooks can refuse nothing. */
const eventsElsewhere: ReadonlySet<string> = new Set(
  (
    "Notification SubagentStart PostToolUseFailure PermissionDenied PostCompact Setup StopFailure " +
    "InstructionsLoaded CwdChanged FileChanged WorktreeRemove"
  ).split(" ")
)

/** Seconds, as Claude Code has them. */
const usualTime: Readonly<Partial<Record<CommandHookEvent, number>>> = { UserPromptSubmit: 30, SessionEnd: 1.5 }
export const mostTime = 600

/** More are a mistake, or mischief. */
const mostHooks = 500

/** Pure; never throws. */
export const readHooks = (value: unknown, source: HookSource): CommandHookSet => {
  if (value === undefined || value === null) return { hooks: [], problems: [] }
  if (!isFields(value))
    return { hooks: [], problems: [{ source, reason: "hooks: expected an object with events in it", guards: true }] }
  const read = Object.entries(value).map(([event, groups]) => readEvent(event, groups, source))
  const hooks = read.flatMap((one) => one.hooks)
  const problems = read.flatMap((one) => one.problems)
  if (hooks.length <= mostHooks) return { hooks, problems }
  const reason = `${hooks.length} hooks; only the first ${mostHooks} are run`
  return { hooks: hooks.slice(0, mostHooks), problems: [...problems, { source, reason, guards: true }] }
}

const readEvent = (event: string, groups: unknown, source: HookSource): CommandHookSet => {
  const known = commandHookEvents.find((one) => one === event)
  if (known === undefined) return { hooks: [], problems: [unknownEvent(event, source)] }
  const say = problemsOf(known, source)
  if (!Array.isArray(groups)) return only(say("expected a list of { matcher, hooks }"))
  return joined(groups.map((group: unknown) => readGroup(known, group, source)))
}

const unknownEvent = (event: string, source: HookSource): HookProblem => {
  const meant = commandHookEvents.find((one) => one.toLowerCase() === event.toLowerCase())
  const name = event.length > 60 ? `${event.slice(0, 60)}…` : event
  return meant === undefined
    ? {
        source,
        reason: `${name}: hooks of this event are not supported and not run`,
        guards: false,
        ...(eventsElsewhere.has(event) && { elsewhere: true })
      }
    : { source, reason: `${name}: no such event; write ${meant}`, guards: guardEvents.includes(meant), event: meant }
}

type Say = (reason: string, matcher?: string) => HookProblem

const problemsOf =
  (event: CommandHookEvent, source: HookSource): Say =>
  (reason, matcher) => ({
    source,
    reason: `${event}: ${reason}`,
    guards: guardEvents.includes(event),
    event,
    ...(matcher !== undefined && { matcher })
  })

const only = (problem: HookProblem): CommandHookSet => ({ hooks: [], problems: [problem] })

const joined = (sets: ReadonlyArray<CommandHookSet>): CommandHookSet => ({
  hooks: sets.flatMap(({ hooks }) => hooks),
  problems: sets.flatMap(({ problems }) => problems)
})

const readGroup = (event: CommandHookEvent, group: unknown, source: HookSource): CommandHookSet => {
  const say = problemsOf(event, source)
  if (!isFields(group)) return only(say("expected { matcher, hooks }"))
  const { matcher = "", hooks } = group
  if (typeof matcher !== "string") return only(say("matcher: expected a text"))
  const wrong = hasMatcher(event) ? matcherProblem(matcher) : undefined
  if (wrong !== undefined) return only(say(wrong))
  if (!Array.isArray(hooks)) return only(say("hooks: expected a list of { type, command }", matcher))
  return joined(hooks.map((one: unknown) => readHook({ event, matcher, source }, one, say)))
}

/** Of all others a matcher means nothing. */
export const hasMatcher = (event: CommandHookEvent): boolean =>
  event === "SessionStart" || event === "SessionEnd" || event === "PreCompact" || callEvents.includes(event)

type Place = Pick<CommandHook, "event" | "matcher" | "source">

const readHook = (place: Place, hook: unknown, say: Say): CommandHookSet => {
  const { event, matcher } = place
  const complain = (reason: string): CommandHookSet => only(say(reason, matcher))
  if (!isFields(hook)) return complain("expected { type, command }")
  const { type, command, args, shell, if: condition } = hook
  if (type !== "command") return complain(`type ${shown(type)} is not supported, only "command"`)
  if (typeof command !== "string" || command.trim() === "") return complain("command: expected a command line")
  if (command.includes("\0")) return complain("command: it holds a NUL character")
  if (args !== undefined && !isTexts(args)) return complain("args: expected a list of texts")
  if (shell !== undefined && shell !== "bash") return complain(`shell ${shown(shell)} is not supported, only "bash"`)
  if (condition !== undefined && typeof condition !== "string") return complain("if: expected a permission rule")
  if (condition !== undefined && !callEvents.includes(event))
    return { hooks: [], problems: [{ ...say("a hook with `if` is for calls only, so it never runs"), guards: false }] }
  const { timeout, problems } = readTime(hook, event, say)
  const read: CommandHook = {
    ...place,
    command,
    ...(args !== undefined && { args }),
    ...(condition !== undefined && { condition }),
    ...((hook.async === true || hook.asyncRewake === true) && { background: true }),
    ...(hook.once === true && place.source.kind === "skill" && { once: true }),
    timeout
  }
  return { hooks: [read], problems: [...problems, ...leftOut(hook, say)] }
}

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((one) => typeof one === "string" && !one.includes("\0"))

const readTime = (
  { timeout }: Fields,
  event: CommandHookEvent,
  say: Say
): { readonly timeout: number; readonly problems: ReadonlyArray<HookProblem> } => {
  const usual = usualTime[event] ?? mostTime
  if (timeout === undefined) return { timeout: usual, problems: [] }
  if (typeof timeout === "number" && timeout > 0) return { timeout: Math.min(timeout, mostTime), problems: [] }
  const reason = `timeout: expected seconds, so it has ${usual}`
  return { timeout: usual, problems: [{ ...say(reason), guards: false }] }
}

const leftOut = ({ asyncRewake }: Fields, say: Say): ReadonlyArray<HookProblem> =>
  asyncRewake === true
    ? [
        {
          ...say("asyncRewake is not supported: it runs in the background, and nobody hears of its end"),
          guards: false
        }
      ]
    : []

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "none"
  return text.length > 40 ? `${text.slice(0, 40)}…` : text
}
