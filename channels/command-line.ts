/** Commands as they are typed in any channel: `/name argument`. */
import type { OfferedCommand } from "../actors/session-extensions.ts"

export interface TypedCommand {
  /** In lower case; it need not exist. */
  readonly name: string
  readonly argument: string
}

/** @returns `undefined` for a message, also one that begins with a path such as `/etc/hosts`. */
export const readCommand = (text: string): TypedCommand | undefined => {
  const match = /^\/([a-zA-Z][\w-]*)(?:\s+([^]*))?$/.exec(text.trim())
  return match === null ? undefined : { name: match[1]?.toLowerCase() ?? "", argument: match[2]?.trim() ?? "" }
}

/** The command of a plugin that a text names and that is run; `undefined` for whatever is said to the agent as it stands. */
export const runIn = (
  { commands }: { readonly commands: () => ReadonlyArray<OfferedCommand> },
  text: string
): TypedCommand | undefined => {
  const typed = readCommand(text)
  if (typed === undefined) return undefined
  return commands().some(({ name, said }) => name === typed.name && said !== true) ? typed : undefined
}

/** What is said for a command that is a message. */
export const lineOf = ({ name, argument }: TypedCommand): string =>
  argument === "" ? `/${name}` : `/${name} ${argument}`
