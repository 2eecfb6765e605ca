/** Hooks and what is wrong with them, in lines for people. All of it is a stranger's words. */
import type { CommandHook, CommandHookSet, HookProblem, HookSource } from "../command-hooks.ts"
import { cut } from "./verdict.ts"

export const whereOf = ({ kind, path, name }: HookSource): string =>
  name === undefined ? path : `${path} (${kind} ${name})`

export const commandOf = ({ command, args = [] }: Pick<CommandHook, "command" | "args">): string =>
  [command, ...args].join(" ")

/** What is to be known besides event, matcher and command. */
export const stateOf = ({ source, timeout, background, condition }: CommandHook): string =>
  [
    source.trusted ? "" : "not trusted, so it is not run; see kintsugi trust",
    condition === undefined ? "" : `if ${condition}`,
    background === true ? "in the background" : "",
    `${timeout} s`
  ]
    .filter((fact) => fact !== "")
    .join(", ")

export const problemLine = ({ source, reason, guards }: HookProblem): string => {
  const until = guards && source.trusted ? "; what it may be for is refused until it is mended" : ""
  return `${whereOf(source)}: ${cut(reason, 400)}${until}`
}

/** Problems that are told at the beginning of a session. */
const most = 5

export const noticesOf = ({ hooks, problems }: CommandHookSet): ReadonlyArray<string> => {
  const untrusted = hooks.filter(({ source }) => !source.trusted)
  const files = [...new Set(untrusted.map(({ source }) => source.path))]
  // What a plugin brings in vain was said when it was installed.
  const wrong = problems
    .filter(({ source, guards, elsewhere }) => source.trusted && (guards || (source.kind !== "plugin" && !elsewhere)))
    .map(problemLine)
  return [
    ...(files.length === 0
      ? []
      : [`this folder is not trusted, so its hooks are not run: ${files.join(", ")}; see kintsugi trust`]),
    ...wrong.slice(0, most).map((line) => `hooks: ${line}`),
    ...(wrong.length > most ? [`hooks: ${wrong.length - most} more problems; see /hooks`] : [])
  ]
}
