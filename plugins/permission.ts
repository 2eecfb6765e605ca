/**
 * Who may do what without asking: it looks at a call and decides; asking is somebody else's work.
 *
 * A rule is `tool` or `tool(pattern)`. What a pattern is depends on what the call says it is about to do: run a command
 * (`execute_bash(npm run *)`, see permission/command-pattern.ts), touch paths (`write_file(src/**)`, see permission/path-pattern.ts) or contact an
 * address (`web_fetch(domain:example.com)`; in `ask` and `deny` with all domains below it). `*` in a tool's name stands for
 * any characters: `mcp_github_*`.
 *
 * Order: deny, plan mode, what a skill or an agent's file leaves, ask, allow, mode. So no allow rule lets a call write in plan mode, and a deny rule holds in auto
 * mode. Whenever a deny or ask rule can neither be matched nor ruled out, the call is asked.
 */
import { relative, resolve, sep } from "node:path"
import { forbids, permits, type Subject } from "./permission/call-match.ts"
import { commandPatternFor } from "./permission/command-rule.ts"
import { pathPatternFor } from "./permission/path-pattern.ts"
import { isInside } from "./ports/real-path.ts"
import { hostOf, readRule, type Rule } from "./permission/rule.ts"
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

/** What a skill leaves permitted while it is followed, or an agent's file while that one works. */
export interface Narrowing {
  /** Its name. */
  readonly by: string
  /** Absent: a skill. */
  readonly kind?: "agent"
  /** As in `allow`; none: nothing but reading. */
  readonly rules: ReadonlyArray<string>
  /** As in `deny`: what they name may not be done, reading neither. */
  readonly withheld?: ReadonlyArray<string>
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
  /** `by`: a rule, or one that can neither be matched nor ruled out, or only the mode. */
  | { readonly type: "ask"; readonly by: "rule" | "mode" }
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
  const faces = facesOf(subject)
  const acting = faces[1]?.risk === "execute" ? faces[1] : subject
  const named = (policy.closed ?? []).filter((rule) => mayName(rule, subject))
  const [closed] = named.length === 0 ? ["no"] : await forbidsAny(named, faces)
  if (closed === "yes") return { type: "deny", reason: closedReason(attempt.tool) }
  const [denied, deniedBy] = await forbidsAny(policy.deny, faces)
  if (denied === "yes") return refusal(attempt.tool, deniedBy)
  if (policy.mode === "plan" && subject.risk !== "read") return { type: "deny", reason: planReason(attempt.tool) }
  const { only = [] } = policy
  const [held, heldBy] = await forbidsAny(
    only.flatMap(({ withheld = [] }) => withheld),
    faces
  )
  if (held === "yes") return { type: "deny", reason: withheldReason(attempt.tool, only, heldBy) }
  const narrow = subject.risk === "read" ? undefined : await narrowed(only, acting)
  if (narrow !== undefined) return { type: "deny", reason: narrowReason(attempt.tool, narrow) }
  const [asked] = await forbidsAny(policy.ask, faces)
  if (denied === "maybe" || held === "maybe" || asked !== "no") return { type: "ask", by: "rule" }
  if (await permits(policy.allow, acting)) return { type: "allow" }
  return byMode(policy.mode, subject)
}

/** The tool whose calls may run commands and read files that a skill's text names. */
const skillTool = "use_skill"

/**
 * A call under every name by which rules may mean it: the commands of a skill's text are run as `execute_bash` runs them, and the files
 * that it names are read as `read_file` reads them. One that starts another model as well is asked about under its own name.
 */
const facesOf = (subject: Subject): ReadonlyArray<Subject> => {
  const { tool, command, paths } = subject
  if (tool !== skillTool) return [subject]
  const runs = { ...subject, tool: "execute_bash", paths: [], url: undefined }
  const reads = { ...subject, tool: "read_file", risk: "read", command: undefined, url: undefined } as const
  return [subject, ...(command === undefined ? [] : [runs]), ...(paths.length === 0 ? [] : [reads])]
}

/** The strongest that is found for any of them. */
const forbidsAny = async (rules: ReadonlyArray<string>, faces: ReadonlyArray<Subject>): ReturnType<typeof forbids> => {
  let best: Awaited<ReturnType<typeof forbids>> = ["no", readRule("*")]
  for (const subject of faces) {
    const found = await forbids(rules, subject)
    if (found[0] === "yes") return found
    if (found[0] === "maybe") best = found
  }
  return best
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

const narrowReason = (tool: string, { by, kind, rules }: Narrowing): string => {
  const rest = rules.length === 0 ? "nothing" : `only ${rules.join(", ")}`
  return kind === "agent"
    ? `${tool} was refused: besides reading, the agent ${by} may use ${rest} (its tools). ${advice}`
    : `${tool} was refused: besides reading, the skill ${by} leaves ${rest} until this turn ends (its allowed-tools). ${advice}`
}

const withheldReason = (tool: string, only: ReadonlyArray<Narrowing>, { text }: Rule): string => {
  const { kind = "skill", by = "" } = only.find(({ withheld = [] }) => withheld.includes(text)) ?? {}
  return `${tool} was refused: the ${kind} ${by} may not use ${text} (its disallowed tools). ${advice}`
}

const planReason = (tool: string): string =>
  `${tool} was refused: in plan mode only reading is allowed. Present your plan, and ask the user to leave plan mode to carry it out.`

const byMode = (mode: Mode, { risk, command, url, paths, cwd }: Subject): Decision => {
  if (risk === "read" || mode === "auto") return { type: "allow" }
  const edits = mode === "edits" && risk === "write" && command === undefined && url === undefined && paths.length > 0
  return edits && paths.every((path) => isWorkFile(path, cwd)) ? { type: "allow" } : { type: "ask", by: "mode" }
}

/**
 * Inside the working folder, but not where git's hooks, our own configuration and what is read as such lie (hooks, servers, skills,
 * agents, plugins): who writes these can do anything.
 */
const isWorkFile = (path: string, cwd: string): boolean =>
  isInside(path, cwd) &&
  !relative(cwd, path)
    .split(sep)
    .some((part) => /^\.(git|kintsugi|claude|claude-plugin|agents|mcp\.json)$/i.test(part))

/** The narrowest sensible rule that lets this attempt through the next time: what "always" adds to `permissions.allow`. */
export const ruleFor = async ({ tool: named, risk, preview, cwd }: Attempt): Promise<string> => {
  const { command, paths = [], url } = preview
  const isRun = named === skillTool && command !== undefined && (preview.risk ?? risk) === "execute"
  const tool = isRun ? "execute_bash" : named
  if (command !== undefined) return `${tool}(${commandPatternFor(await readShell(command), command, cwd)})`
  const host = url === undefined ? "" : hostOf(URL.parse(url) ?? new URL("none:"))
  if (paths.length > 0 && url === undefined) return `${tool}(${pathPatternFor(paths, cwd)})`
  return paths.length === 0 && host !== "" ? `${tool}(domain:${host})` : tool
}
