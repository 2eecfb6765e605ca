/** Does what the chat asks of the world, as far as it does not need the terminal itself. */
import type { ChatOptions } from "./options.ts"
import type { Conversation } from "./conversation.ts"
import { listFiles } from "./files.ts"
import { orderHeals } from "./heals.ts"
import type { Effect } from "./screen/state.ts"
import type { Store } from "./store.ts"
import { lineText } from "./text/text.ts"
import { reportLines } from "./top/tree.ts"

export interface World {
  readonly options: ChatOptions
  readonly store: () => Store
  readonly conversation: () => Conversation
  readonly leave: () => void
  /** For what needs the terminal. */
  readonly onTerminal: (effect: Extract<Effect, { type: "view-transcript" | "edit" | "suspend" }>) => void
}

export const perform = (effect: Effect, world: World): void => {
  const { store, conversation } = world
  switch (effect.type) {
    case "say":
      return conversation().say(effect.text)
    case "send":
      return conversation().send(effect.event)
    case "open":
      return void conversation().change(effect.id)
    case "fetch":
      return void fetch(effect.what, store(), world.options).catch((error) => complain(store(), error))
    case "heals":
      return void orderHeals(world.options.heals, effect.order)
        .then((item) => store().dispatch({ type: "item", item }))
        .catch((error) => complain(store(), error))
    case "wake":
      return void setTimeout(() => store().dispatch({ type: "tick", now: Date.now() }), effect.after).unref()
    case "leave":
      return world.leave()
    default:
      return world.onTerminal(effect)
  }
}

type Wanted = Extract<Effect, { type: "fetch" }>["what"]

const fetch = async (what: Wanted, store: Store, options: ChatOptions): Promise<void> => {
  if (what === "files") store.dispatch({ type: "files", files: await listFiles(options.cwd) })
  if (what === "models") store.dispatch({ type: "models", models: await options.models() })
  if (what === "sessions") store.dispatch({ type: "sessions", sessions: options.sessions(), now: Date.now() })
  if (what === "health")
    store.dispatch({ type: "item", item: { kind: "note", tone: "plain", text: healthText(options) } })
}

const healthText = ({ health }: ChatOptions): string =>
  reportLines([{ pid: process.pid, health: health() }], Date.now())
    .map(lineText)
    .join("\n")

export const complain = (store: Store, error: unknown): void =>
  store.dispatch({
    type: "item",
    item: { kind: "note", tone: "bad", text: error instanceof Error ? error.message : String(error) }
  })
