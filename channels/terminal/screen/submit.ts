/** Enter: a message is sent, a command is run, anything else is told and nothing is sent. */
import type { Mode } from "../../../plugins/permission.ts"
import { costTable } from "./cost.ts"
import { type Command, type CommandName, isCommand, isMode, modeNotes, modes, readCommand } from "./commands.ts"
import { empty, expand, isBlank } from "./editor.ts"
import { nearest, pluginCommand } from "./extras.ts"
import { help } from "./help.ts"
import { openPicker } from "./picker.ts"
import { runExtension } from "./running.ts"
import { type Effect, type HealOrder, note, type PluginOrder, show, type State, type Step, step } from "./state.ts"
import { isBusy } from "../view/view.ts"

export const submit = (state: State): Step => {
  if (isBlank(state.editor)) return step(state)
  const text = expand(state.editor).replace(/^\s*\n|\s+$/g, "")
  const command = readCommand(text)
  if (command === undefined) return step(remember(state, text), { type: "say", text })
  const { name, argument } = command
  if (isCommand(name)) return run[name](remember(state, text), command)
  const theirs = pluginCommand(state.extras, name)
  if (theirs?.said === true) return step(remember(state, text), { type: "say", text })
  if (theirs !== undefined) return runExtension(state, remember(state, text), { kind: "command", name, argument }, text)
  // A wrong command stays in the prompt, to be put right.
  const meant = nearest(state.extras, name)
  const hint = meant === undefined ? "/help lists them." : `did you mean /${meant}?`
  return step(warn(state, `There is no command /${name}; ${hint} Nothing was sent.`))
}

const remember = (state: State, text: string): State => {
  const { recalled: _, ...rest } = state
  const history = state.history.at(-1) === text ? state.history : [...state.history, text]
  return { ...rest, history, editor: { ...empty, cut: state.editor.cut } }
}

const warn = (state: State, text: string): State => note(state, "warn", text)

/** For what the agent ignores while it works. */
const whenIdle = (state: State, effect: Effect, ...more: ReadonlyArray<Effect>): Step =>
  isBusy(state.view)
    ? step(warn(state, "The agent is working; wait for it or press esc first."))
    : step(state, effect, ...more)

const run: Readonly<Record<CommandName, (state: State, command: Command) => Step>> = {
  help: (state) => step(show(state, { kind: "prose", markdown: help(state.extras), glued: false, first: false })),
  model: (state, { argument }) =>
    argument === ""
      ? step({ ...state, picker: { ...openPicker("model", "model"), isOpen: true } }, { type: "fetch", what: "models" })
      : step(state, { type: "send", event: { type: "user.model", model: argument } }),
  permissions: (state, { argument }) => {
    if (argument === "") return step({ ...state, picker: openPicker("permissions", "permissions", modeChoices(state)) })
    return isMode(argument)
      ? setMode(state, argument)
      : step(warn(state, `There is no mode ${argument}; choose ${modes.join(", ")}.`))
  },
  tools: (state) => step(show(state, { kind: "prose", markdown: tools(state), glued: false, first: false })),
  sessions: (state) =>
    step({ ...state, picker: openPicker("session", "session") }, { type: "fetch", what: "sessions" }),
  tree: (state) =>
    step({ ...state, picker: openPicker("point", "go on from") }, { type: "points", order: { type: "tree" } }),
  fork: (state, { argument }) => whenIdle(state, { type: "points", order: { type: "fork", label: argument } }),
  switch: (state, { argument }) =>
    argument === ""
      ? run.tree(state, { name: "tree", argument })
      : whenIdle(state, { type: "points", order: { type: "switch", to: argument } }),
  compact: (state, { argument }) =>
    whenIdle(state, { type: "send", event: { type: "user.compact", ...(argument !== "" && { focus: argument }) } }),
  clear: (state) => whenIdle(state, { type: "send", event: { type: "user.clear" } }),
  cost: (state) => step(note(state, "plain", costTable(state.status))),
  health: (state) => step(state, { type: "fetch", what: "health" }),
  heals: (state, { argument }) => {
    const order = healOrder(argument)
    return order === undefined
      ? step(warn(state, "Say /heals to list them, or /heals show ID, /heals accept ID, /heals undo ID."))
      : step(state, { type: "heals", order })
  },
  plugins: (state, { argument }) => {
    const order = pluginOrder(argument)
    return order === undefined
      ? step(warn(state, "Say /plugins to list them, or /plugins enable, disable, reload or revive and a NAME."))
      : step(state, { type: "plugins", order })
  },
  reload: (state, { argument }) => {
    if (argument !== "") return step(state, { type: "plugins", order: { type: "reload", name: argument } })
    return step({ ...state, picker: openPicker("reload", "reload") }, { type: "fetch", what: "plugins" })
  },
  thinking: (state) => step(toggleThinking(state)),
  exit: (state) => step({ ...state, leaving: true }, { type: "leave" })
}

const pluginOrder = (argument: string): PluginOrder | undefined => {
  const [word = "", name, ...more] = argument.split(/\s+/)
  if (word === "" || (word === "list" && name === undefined)) return { type: "list" }
  if (name === undefined || more.length > 0) return undefined
  return word === "enable" || word === "disable" || word === "reload" || word === "revive"
    ? { type: word, name }
    : undefined
}

const healOrder = (argument: string): HealOrder | undefined => {
  const [word = "", id, ...more] = argument.split(/\s+/)
  if (word === "" || (word === "list" && id === undefined)) return { type: "list" }
  if (id === undefined || more.length > 0) return undefined
  return word === "show" || word === "accept" || word === "undo" ? { type: word, id } : undefined
}

export const setMode = (state: State, mode: Mode): Step =>
  step({ ...state, status: { ...state.status, mode } }, { type: "send", event: { type: "user.permissions", mode } })

/** The mode after the current one. */
export const nextMode = ({ status }: State): Mode => modes[(modes.indexOf(status.mode) + 1) % modes.length] ?? "ask"

export const toggleThinking = (state: State): State => ({ ...state, thinkingShown: !state.thinkingShown })

const modeChoices = ({ status }: State) =>
  modes.map((mode) => ({ id: mode, label: mode, note: `${modeNotes[mode]}${mode === status.mode ? " (now)" : ""}` }))

/** Descriptions can be pages long: their first sentence is enough to recognise a tool. */
const tools = ({ status }: State): string =>
  status.tools.length === 0
    ? "This session has no tools."
    : status.tools
        .map(
          ({ name, description }) =>
            `- **${name}** ${/^[^\n]*?[.:](?=\s|$)|^[^\n]*/.exec(description.trim())?.[0] ?? ""}`
        )
        .join("\n")
