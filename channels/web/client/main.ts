/** Begins: takes the key out of the address, connects, draws. */
import { render } from "lit"
import type { App } from "./app.ts"
import { titleOf } from "./chat/announce.ts"
import { pressedAnywhere } from "./chat/anywhere.ts"
import { type Chat, noChat } from "./chat/model.ts"
import { reactChat } from "./chat/react.ts"
import { connect } from "./connection.ts"
import { type Kept, keep, type Unsaid } from "./keep.ts"
import { reactMends } from "./mends/react.ts"
import { keyIn, readRoute, type Route, writeRoute } from "./route.ts"
import { reactSessions } from "./sessions/react.ts"
import { shell } from "./shell.ts"
import { blank, createStore, type Store } from "./store.ts"
import { reactSupervision } from "./supervision/react.ts"

const reactions = [reactChat, reactSessions, reactSupervision, reactMends]

const start = (root: HTMLElement): void => {
  const kept = keep()
  const key = takeKey(kept)
  const route = readRoute(location.hash)
  const chat = chatAt(route, kept.unsaid())
  const store = createStore({ ...blank, theme: kept.theme(), route, chat, now: Date.now() })
  const app = appOf(store, kept)
  const draw = (): void => {
    render(shell(store.state(), app), root)
    const title = titleOf(store.state().chat)
    if (document.title !== title) document.title = title
  }
  const dress = (): void => {
    const { theme } = store.state()
    document.documentElement.dataset.theme = theme
    kept.setTheme(theme)
  }
  let isDue = false
  const due = (): void => {
    if (isDue) return
    isDue = true
    const now = (): void => {
      isDue = false
      draw()
    }
    // A hidden tab has no frames, and its title and live region matter all the same.
    if (document.hidden) setTimeout(now, 200)
    else requestAnimationFrame(now)
  }
  store.listen((_, happening, before) => {
    if (happening.type === "themed") dress()
    keepUnsaid(store.state().chat, before.chat, kept)
    for (const react of reactions) react(app, happening, before)
    due()
  })
  dress()
  addEventListener("hashchange", () => arrive(store, kept, app))
  addEventListener("online", () => app.hurry())
  addEventListener("keydown", (event) => pressedAnywhere(event, app))
  setInterval(() => {
    if (!document.hidden && isCounting(store)) store.dispatch({ type: "ticked" })
  }, 1000)
  draw()
  store.dispatch({ type: "went", route })
  app.enter(key, false)
}

/** What was typed and not sent, and what was sent into this session and not read. */
const chatAt = (route: Route, unsaid: Unsaid | undefined): Chat => {
  if (unsaid === undefined) return noChat
  const isHere = route.place === "chat" && route.id !== undefined && route.id === unsaid.session
  return { ...noChat, draft: unsaid.draft, ...(isHere && { id: route.id, outbox: unsaid.outbox }) }
}

const keepUnsaid = (chat: Chat, before: Chat, kept: Kept): void => {
  if (chat.draft === before.draft && chat.outbox === before.outbox && chat.id === before.id) return
  const { id, draft } = chat
  const outbox = chat.outbox.filter(({ isForeign }) => isForeign === undefined)
  kept.setUnsaid({ draft, outbox, ...(id !== undefined && { session: id }) })
}

const isCounting = (store: Store): boolean => {
  const { chat, link, route } = store.state()
  return link.name === "waiting" || chat.phase.name !== "idle" || route.place !== "chat"
}

/** @returns the key that the address brought along, or the one of before. */
const takeKey = (kept: Kept): string | undefined => {
  const brought = keyIn(location.hash)
  if (brought === undefined) return kept.key()
  history.replaceState(null, "", location.pathname)
  kept.setKey(brought, false)
  return brought
}

const arrive = (store: Store, kept: Kept, app: App): void => {
  const key = keyIn(location.hash)
  if (key === undefined) return store.dispatch({ type: "went", route: readRoute(location.hash) })
  takeKey(kept)
  app.enter(key, false)
}

const appOf = (store: Store, kept: Kept): App => {
  const connection = connect({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
    onLink: (link) => store.dispatch({ type: "link", link }),
    onFrame: (frame) => store.dispatch({ type: "frame", frame })
  })
  return {
    state: store.state,
    dispatch: store.dispatch,
    send: connection.send,
    ask: connection.ask,
    hurry: connection.hurry,
    enter: (key, remember) => {
      if (key !== undefined) kept.setKey(key, remember || kept.isRemembered())
      connection.enter(key)
    },
    leave: () => {
      kept.forget()
      connection.leave()
    },
    go: (route, how) => go(store, route, how?.replace === true)
  }
}

const go = (store: Store, route: Route, isReplaced: boolean): void => {
  const address = writeRoute(route)
  if (address === location.hash) return
  if (isReplaced) history.replaceState(null, "", address)
  else history.pushState(null, "", address)
  store.dispatch({ type: "went", route })
}

const root = document.getElementById("console")
if (root !== null) start(root)
