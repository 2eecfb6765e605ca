/**
 * Who may do what without asking: it looks at a call and decides; asking is somebody else's work.
 *
 * A rule is `tool` or `tool(pattern)`. What a pattern is depends on what the call says it is about to do: run a command
 * (`execute_bash(npm run *)`, see permission/command-pattern.ts), touch paths (`write_file(src/**)`, see permission/path-pattern.ts) or contact an
 * address (`web_fetch(domain:example.com)`; in `ask` and `deny` with all domains below it). `*` in a tool's name stands for
 * any characters: `mcp_github_*`.
 *
 * Order: deny, plan mode, what a skill leaves, ask, allow, mode. So no allow rule lets a call write in plan mode, and a deny rule holds in auto
 * mode. Whenever a deny or ask rule can neither be matched nor ruled out, the call is asked.
 */
import { relative, resolve, sep } from "node:path"
import { forbids, permits, type Subject } from "./permission/call-match.ts"
import { commandPatternFor } from "./permission/command-rule.ts"
import { pathPatternFor } from "./permission/path-pattern.ts"
import { isInside } from "./ports/real-path.ts"
import { hostOf, type Rule } from "./permission/rule.ts"
import { readShell, type ShellLine } from "./permission/shell-command.ts"
import type { Preview, Risk } from "./tool.ts"

export { checkRules } from "./permission/rule.ts"

/** plan: read only · ask: everything but reading is asked · edits: edits in the workspace go through · auto: all goes through. */
export type Mode = "plan" | "ask" | "edits" | "auto"

/** Rules as configured: `tool` or `tool(pattern)`; deny wins over ask, ask over allow. */
export interface Policy {
  readonly mode: Mode
  readonly allow: ReadonlyArray<string>
  readonly ask: ReadonlyArray<string>
  readonly deny: ReadonlyArray<string>
  /** Rules of our own, which no user can take away: they deny what they surely match, and ask about nothing. */
  readonly closed?: ReadonlyArray<string>
  /** Whatever is not just reading has to be let through by each of these as well. They permit nothing by themselves. */
  readonly only?: ReadonlyArray<Narrowing>
}

/** What a skill leaves permitted while it is followed. */
export interface Narrowing {
  /** Its name. */
  readonly by: string
  /** As in `allow`; none: nothing but reading. */
  readonly rules: ReadonlyArray<string>
}

export interface Attempt {
  readonly tool: string
  readonly risk: Risk
  readonly preview: Preview
  /** Absolute real path of the working folder: path patterns are relative to it. */
  readonly cwd: string
}

export type Decision =
  | { readonly type: "allow" }
  | { readonly type: "ask" }
  /** `reason` is for the model: what was refused, by which rule, what else it may do. */
  | { readonly type: "deny"; readonly reason: string }

export const modes: ReadonlyArray<Mode> = ["plan", "ask", "edits", "auto"]

/** Never throws: a check that fails refuses. */
export const decide = async (policy: Policy, attempt: Attempt): Promise<Decision> => {
  try {
    return await judge(policy, attempt)
  } catch (error) {
    const cause = error instanceof Error ? error.message : "unknown cause"
    return {
      type: "deny",
      reason: `The permission check itself failed (${cause}), so the call was refused. Try it in another form.`
    }
  }
}

const judge = async (policy: Policy, attempt: Attempt): Promise<Decision> => {
  const subject = look(attempt)
  const named = (policy.closed ?? []).filter((rule) => mayName(rule, subject))
  const [closed] = named.length === 0 ? ["no"] : await forbids(named, subject)
  if (closed === "yes") return { type: "deny", reason: closedReason(attempt.tool) }
  const [denied, deniedBy] = await forbids(policy.deny, subject)
  if (denied === "yes") return refusal(attempt.tool, deniedBy)
  if (policy.mode === "plan" && subject.risk !== "read") return { type: "deny", reason: planReason(attempt.tool) }
  const narrow = subject.risk === "read" ? undefined : await narrowed(policy.only ?? [], subject)
  if (narrow !== undefined) return { type: "deny", reason: narrowReason(attempt.tool, narrow) }
  const [asked] = await forbids(policy.ask, subject)
  if (denied === "maybe" || asked !== "no") return { type: "ask" }
  if (await permits(policy.allow, subject)) return { type: "allow" }
  return byMode(policy.mode, subject)
}

/** The first that does not let it through. */
const narrowed = async (only: ReadonlyArray<Narrowing>, subject: Subject): Promise<Narrowing | undefined> => {
  for (const one of only) if (!(await permits(one.rules, subject))) return one
  return undefined
}

/** Most commands are seen at a glance to be about other files: they need not be read for this. */
const mayName = (rule: string, { command }: Subject): boolean => {
  const file = rule.slice(rule.lastIndexOf("/") + 1, -1)
  return command === undefined || file.includes("?") || command.replace(/["'\\]/g, "").includes(file)
}

const look = ({ tool, risk, preview, cwd }: Attempt): Subject => {
  const { command, paths = [], url } = preview
  let line: Promise<ShellLine> | undefined
  return {
    tool,
    risk: preview.risk ?? risk,
    cwd,
    command,
    line: () => (line ??= readShell(command ?? "")),
    paths: paths.map((path) => resolve(cwd, path)),
    url
  }
}

const advice =
  "Do not look for a way around it: reach the goal by other means, or tell the user what is needed and why."

const closedReason = (tool: string): string =>
  `${tool} was refused: it names a file that no tool may touch, whatever the mode. ${advice}`

const refusal = (tool: string, rule: Rule): Decision => {
  const broken = rule.problem === undefined ? "" : ` (badly written, so it counts for the whole tool: ${rule.problem})`
  return {
    type: "deny",
    reason: `${tool} was refused by the rule ${rule.text} in permissions.deny${broken}. ${advice}`
  }
}

const narrowReason = (tool: string, { by, rules }: Narrowing): string => {
  const rest = rules.length === 0 ? "nothing" : `only ${rules.join(", ")}`
  return `${tool} was refused: besides reading, the skill ${by} leaves ${rest} until this turn ends (its allowed-tools). ${advice}`
}

const planReason = (tool: string): string =>
  `${tool} was refused: in plan mode only reading is allowed. Present your plan, and ask the user to leave plan mode to carry it out.`

const byMode = (mode: Mode, { risk, command, url, paths, cwd }: Subject): Decision => {
  if (risk === "read" || mode === "auto") return { type: "allow" }
  const edits = mode === "edits" && risk === "write" && command === undefined && url === undefined && paths.length > 0
  return { type: edits && paths.every((path) => isWorkFile(path, cwd)) ? "allow" : "ask" }
}

/** Inside the working folder, but not where git hooks and our own configuration lie: who writes these can do anything. */
const isWorkFile = (path: string, cwd: string): boolean =>
  isInside(path, cwd) &&
  !relative(cwd, path)
    .split(sep)
    .some((part) => /^\.(git|kintsugi)$/i.test(part))

/** The narrowest sensible rule that lets this attempt through the next time: what "always" adds to `permissions.allow`. */
export const ruleFor = async ({ tool, preview, cwd }: Attempt): Promise<string> => {
  const { command, paths = [], url } = preview
  if (command !== undefined) return `${tool}(${commandPatternFor(await readShell(command), command, cwd)})`
  const host = url === undefined ? "" : hostOf(URL.parse(url) ?? new URL("none:"))
  if (paths.length > 0 && url === undefined) return `${tool}(${pathPatternFor(paths, cwd)})`
  return paths.length === 0 && host !== "" ? `${tool}(domain:${host})` : tool
}
