/** Slash commands: their names, what they say of themselves, and how one is told from a message. */
import type { Mode } from "../../../plugins/permission.ts"
import { readCommand as read, type TypedCommand } from "../../command-line.ts"

export interface CommandInfo {
  readonly name: string
  /** Shown behind the name. */
  readonly argument: string
  readonly about: string
}

export const commands = [
  { name: "help", argument: "", about: "commands and keys" },
  { name: "model", argument: "[provider/model]", about: "choose the model" },
  { name: "permissions", argument: "[plan|ask|edits|auto]", about: "what the agent may do without asking" },
  { name: "tools", argument: "", about: "the tools of this session" },
  { name: "sessions", argument: "", about: "go on with another session of this folder" },
  { name: "tree", argument: "", about: "the points of this session; go on from one" },
  { name: "fork", argument: "[label]", about: "name this point, to come back to it" },
  { name: "switch", argument: "[point]", about: "go on from a named point, or one of /tree" },
  { name: "compact", argument: "[focus]", about: "replace the conversation by a summary" },
  { name: "clear", argument: "", about: "start afresh; the model forgets what was said" },
  { name: "cost", argument: "", about: "tokens and money of this session" },
  { name: "health", argument: "", about: "what runs, what broke, what waits" },
  { name: "heals", argument: "[show|accept|undo ID]", about: "what was mended, and your word on it" },
  {
    name: "plugins",
    argument: "[enable|disable|reload|revive NAME]",
    about: "what plugins there are, and how they are"
  },
  { name: "reload", argument: "[NAME]", about: "load a plugin's code anew" },
  { name: "thinking", argument: "", about: "show or hide what the model thinks" },
  { name: "exit", argument: "", about: "leave; the session can be resumed" }
] as const satisfies ReadonlyArray<CommandInfo>

export type CommandName = (typeof commands)[number]["name"]

/** As typed; it need not exist. */
export type Command = TypedCommand

/** @returns `undefined` for a message. */
export const readCommand = (text: string): Command | undefined => {
  const typed = read(text)
  return typed?.name === "quit" ? { ...typed, name: "exit" } : typed
}

export const isCommand = (name: string): name is CommandName => commands.some((command) => command.name === name)

export const keyHelp: ReadonlyArray<readonly [string, string]> = [
  ["enter", "send; while the agent works, it reads the message before its next step"],
  ["shift-enter, alt-enter, ctrl-j, \\ enter", "new line"],
  ["esc, ctrl-c", "stop the agent; ctrl-c twice leaves"],
  ["shift-tab", "next permission mode"],
  ["ctrl-o", "the whole conversation, nothing folded"],
  ["ctrl-t", "show or hide thinking"],
  ["ctrl-r, up, down", "earlier messages"],
  ["@", "name a file"],
  ["ctrl-g", "write the message in $EDITOR"],
  ["ctrl-d", "leave, when nothing is typed"]
]

/** What each permission mode lets through, in the order of shift-tab. */
export const modeNotes = {
  plan: "read only",
  ask: "everything but reading is asked",
  edits: "edits in this folder go through, all else is asked",
  auto: "everything goes through"
} as const satisfies Record<Mode, string>

export const isMode = (text: string): text is Mode => text in modeNotes

export const modes: ReadonlyArray<Mode> = Object.keys(modeNotes).filter(isMode)
