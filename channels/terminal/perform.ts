/** Does what the chat asks of the world, as far as it does not need the terminal itself. */
import type { Unsubscribable } from "rxjs"
import type { RuntimePlugins } from "../../actors/plugin/runtime-plugins.ts"
import type { ChatOptions } from "./options.ts"
import type { Conversation } from "./conversation.ts"
import { listFiles } from "./files.ts"
import type { ExtensionRuns } from "./extensions.ts"
import { orderHeals } from "./heals.ts"
import { orderPlugins, pluginNames } from "./plugins.ts"
import { pointName } from "./screen/points.ts"
import type { Effect, TreeOrder } from "./screen/state.ts"
import type { Store } from "./store.ts"
import { lineText } from "./text/text.ts"
import { reportLines } from "./top/tree.ts"
import type { Item } from "./view/view.ts"

export interface World {
  readonly options: ChatOptions
  readonly store: () => Store
  readonly conversation: () => Conversation
  readonly runs: () => ExtensionRuns
  readonly leave: () => void
  /** For what needs the terminal. */
  readonly onTerminal: (effect: Extract<Effect, { type: "view-transcript" | "edit" | "suspend" }>) => void
}

export const perform = (effect: Effect, world: World): void => {
  const { store, conversation, options } = world
  /** Shows what it comes to, or why it cannot be. */
  const show = (item: Promise<Item>): void =>
    void item
      .then((shown) => store().dispatch({ type: "item", item: shown }))
      .catch((error) => complain(store(), error))
  switch (effect.type) {
    case "say":
      return conversation().say(effect.text)
    case "send":
      return conversation().send(effect.event)
    case "open":
      return void conversation().change(effect.id)
    case "fetch":
      return void fetch(effect.what, store(), options).catch((error) => complain(store(), error))
    case "heals":
      return show(orderHeals(options.heals, effect.order))
    case "plugins":
      return show((async () => orderPlugins(managed(options), effect.order))())
    case "points":
      return void orderPoints(effect.order, world).catch((error) => complain(store(), error))
    case "extension":
      return world.runs().run(effect.run, effect.label)
    case "give-up":
      return world.runs().giveUp()
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
  if (what === "plugins") store.dispatch({ type: "plugins", names: pluginNames(managed(options)) })
  if (what === "models") store.dispatch({ type: "models", models: await options.models() })
  if (what === "sessions") store.dispatch({ type: "sessions", sessions: await options.sessions(), now: Date.now() })
  if (what === "health")
    store.dispatch({ type: "item", item: { kind: "note", tone: "plain", text: await healthText(options) } })
}

const orderPoints = async (order: TreeOrder, { store, conversation }: World): Promise<void> => {
  const { dispatch } = store()
  if (order.type === "switch") return conversation().goTo(order.to)
  const session = conversation().session()
  if (order.type === "tree") return dispatch({ type: "tree", nodes: await session.tree(), now: Date.now() })
  const node = await session.fork(order.label === "" ? undefined : order.label)
  dispatch({
    type: "item",
    item: {
      kind: "note",
      tone: "plain",
      text: `this point is ${pointName(node)}; /switch ${node.label} comes back to it`
    }
  })
}

const healthText = async ({ health }: ChatOptions): Promise<string> => {
  const seen = await health()
  return reportLines([{ pid: seen.pid, health: seen }], Date.now())
    .map(lineText)
    .join("\n")
}

const managed = ({ plugins, elsewhere }: ChatOptions): RuntimePlugins => {
  if (plugins !== undefined) return plugins
  throw new Error(
    `Plugins are managed where the agent runs${elsewhere === undefined ? "" : `, at ${elsewhere.name}`}; /health shows how they are.`
  )
}

/** Shows how the connection is, where the sessions are elsewhere. */
export const follow = ({ elsewhere }: ChatOptions, { dispatch }: Pick<Store, "dispatch">): Unsubscribable => {
  if (elsewhere === undefined) return { unsubscribe: () => {} }
  const { name, connection, told } = elsewhere
  const link = connection.subscribe((now) => dispatch({ type: "linked", name, connection: now }))
  link.add(told.subscribe((text) => dispatch({ type: "item", item: { kind: "note", tone: "plain", text } })))
  return link
}

export const complain = (store: Store, error: unknown): void =>
  store.dispatch({
    type: "item",
    item: { kind: "note", tone: "bad", text: error instanceof Error ? error.message : String(error) }
  })
