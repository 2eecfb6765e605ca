/**
 * What a skill wants done before its text is read, or while it is followed: commands to be run, files to be read, hooks. It is put
 * together before anything is done, so that exactly this can be permitted.
 */
import { createHash } from "node:crypto"
import type { CommandHook, CommandHooks } from "../../command-hooks.ts"
import { type ShellLine, readShell } from "../../permission/shell-command.ts"
import { PortError } from "../../ports.ts"
import type { BodyPart, SkillText } from "../../skills.ts"
import type { Preview, ToolContext } from "../../tool.ts"
import { isForked } from "./find.ts"

export interface Wants {
  /** Of its text, as they will run, in their order. */
  readonly commands: ReadonlyArray<string>
  /** Real paths of files that its text names, as far as they are there and may be read. */
  readonly paths: ReadonlyArray<string>
  /** Hooks that may refuse something, or might: the skill is not followed without them. */
  readonly guards: ReadonlyArray<CommandHook>
  readonly otherHooks: ReadonlyArray<CommandHook>
  /** The user has agreed to these hooks before, in this session. */
  readonly hooksAgreed: boolean
}

export type WantsContext = Pick<ToolContext, "files" | "store">

/** @returns why it cannot be followed at all. */
export const wantsOf = async (
  text: SkillText,
  { files, store }: WantsContext,
  hooks: CommandHooks | undefined
): Promise<Wants | string> => {
  const { parts, foreignShell } = text
  const commands = parts.flatMap((part) => ("command" in part ? [part.command] : []))
  if (commands.length > 0 && foreignShell !== undefined)
    return `the commands in its text are written for ${foreignShell}, and only bash is run here`
  if (commands.length > mostCommands)
    return `its text runs ${commands.length} commands, and not at most ${mostCommands}`
  const found = hooksOf(text, hooks)
  if (typeof found === "string") return found
  const agreed = found.length === 0 || (await store.session.get(agreedKey(found))) === true
  const guards = found.filter(({ event }) => event === "PreToolUse")
  if (isForked(text.skill)) {
    // They would hold in the conversation, where it is not followed.
    if (guards.length > 0) return "its hooks guard what it does, and cannot do so in an agent of its own"
    return { commands, paths: await pathsIn(parts, files), guards, otherHooks: [], hooksAgreed: true }
  }
  return {
    commands,
    paths: await pathsIn(parts, files),
    guards,
    otherHooks: found.filter((hook) => !guards.includes(hook)),
    hooksAgreed: agreed
  }
}

const mostCommands = 50

const hooksOf = (
  { skill, hooks: written }: SkillText,
  hooks: CommandHooks | undefined
): ReadonlyArray<CommandHook> | string => {
  if (written === undefined) return []
  if (hooks === undefined)
    return skill.hooks.includes("PreToolUse") ? "its hooks guard what it does, and hooks are switched off here" : []
  const { path, name, folder } = skill
  const read = hooks.read(valued(written), { kind: "skill", path, trusted: true, name, folder })
  const broken = read.problems.find(({ guards }) => guards)
  return broken === undefined ? read.hooks : `one of its hooks guards what it does and cannot be read: ${broken.reason}`
}

/** Frontmatter is read as texts: what was meant as a number or as yes and no. */
const valued = (value: unknown): unknown => {
  if (typeof value === "string") {
    if (/^\d{1,9}$/.test(value)) return Number(value)
    return value === "true" ? true : value === "false" ? false : value
  }
  if (Array.isArray(value)) return value.map(valued)
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, valued(inner)]))
}

const pathsIn = async (
  parts: ReadonlyArray<BodyPart>,
  files: WantsContext["files"]
): Promise<ReadonlyArray<string>> => {
  const named = new Set(parts.flatMap((part) => ("file" in part ? [part.file] : [])))
  const found = await Promise.all(Array.from(named, (path) => realPath(path, files)))
  return [...new Set(found.flat())]
}

const realPath = async (path: string, files: WantsContext["files"]): Promise<ReadonlyArray<string>> => {
  try {
    return (await files.stat(path)) === undefined ? [] : [await files.resolve(path)]
  } catch (error) {
    // What is not permitted is said where its text would stand.
    if (error instanceof PortError) return []
    throw error
  }
}

/** Where it is kept that the user has agreed to these very hooks. */
export const agreedKey = (hooks: ReadonlyArray<CommandHook>): string =>
  `hooks/${createHash("sha256").update(JSON.stringify(hooks)).digest("hex").slice(0, 32)}`

export const allHooks = ({ guards, otherHooks }: Wants): ReadonlyArray<CommandHook> => [...guards, ...otherHooks]

/** What has to be permitted; `undefined` when nothing has. */
export const previewOf = async ({ skill }: SkillText, wants: Wants): Promise<Preview | undefined> => {
  const { commands, paths, guards, hooksAgreed } = wants
  const asked = hooksAgreed
    ? []
    : guards.map((hook) => `# hook ${occasionOf(hook)}, while it is followed:\n${commandOf(hook)}`)
  const lines = [...commands, ...asked]
  if (lines.length === 0 && paths.length === 0) return undefined
  if (lines.length === 0) return { paths, summary: `skill ${skill.name} reads the files that its text names` }
  const what = [
    ...(commands.length > 0 ? ["runs this before its text is read"] : []),
    ...(asked.length > 0
      ? [`guards itself with the ${asked.length === 1 ? "hook" : `${asked.length} hooks`} at the end`]
      : [])
  ]
  return { risk: "execute", command: await asOne(lines), paths, summary: `skill ${skill.name} ${what.join(", and ")}` }
}

/** When it runs, in a line. */
export const occasionOf = ({ event, matcher }: CommandHook): string =>
  matcher === "" ? event : `${event} (${matcher.replace(/[\s\p{Cc}]+/gu, " ")})`

/** As a shell would be given it. */
export const commandOf = ({ command, args }: CommandHook): string =>
  args === undefined ? command : [command, ...args].map(quoted).join(" ")

const quoted = (word: string): string => (/^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/**
 * Commands that are run one by one, as one text for rules and people. Where one would change how the next is read (a quote or a
 * here-document without its end), each is shown as the argument of a shell of its own, which is how it runs.
 */
const asOne = async (commands: ReadonlyArray<string>): Promise<string> => {
  const together = commands.join("\n")
  if (commands.length === 1) return together
  const [all, ...each] = await Promise.all([together, ...commands].map(readShell))
  const same = (kind: keyof ShellLine): boolean =>
    JSON.stringify(all?.[kind]) === JSON.stringify(each.flatMap((one): ReadonlyArray<unknown> => one[kind]))
  const isSame = same("commands") && same("writes") && same("unknown") && same("alters") && same("codes")
  return isSame ? together : commands.map((one) => `bash -c ${quoted(one)}`).join("\n")
}

/** Whether these are the commands that were shown, and no hook guards that was not. */
export const isAsShown = (wants: Wants, shown: Wants | undefined): boolean => {
  const same = (one: unknown, other: unknown = []): boolean => JSON.stringify(one) === JSON.stringify(other)
  return same(wants.commands, shown?.commands) && (wants.hooksAgreed || same(wants.guards, shown?.guards))
}

/** Whether the agent may run commands at all: a skill opens no way around that. */
export const hasShell = async ({ agents }: Pick<ToolContext, "agents">): Promise<boolean> =>
  (await agents.about()).tools.some(({ name }) => name === "execute_bash")
