/** A session with its user, as specs of subagents see it: what it told, whom it has begun, what it was brought. */
import { filter, firstValueFrom } from "rxjs"
import { vi } from "vitest"
import type { Runtime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import type { Session } from "../../../actors/session-host.ts"
import { textOf } from "../../../llm/message.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { type makeStage, nodeIn, plugin, tool } from "../stage.ts"
import type { ByMessage } from "./scripted.ts"

/** An attended session, and all it told. */
export const attended = async (stage: ReturnType<typeof makeStage>, model: ByMessage, options: RuntimeOptions = {}) => {
  const runtime = await stage.start({ model, ...options })
  const session = await runtime.open()
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => notices.push(notice))
  return { runtime, session, notices }
}

export const next = <Type extends AgentNotice["type"]>(
  session: Session,
  type: Type,
  isIt: (notice: Extract<AgentNotice, { type: Type }>) => boolean = () => true
) =>
  firstValueFrom(
    session.events.pipe(
      filter((notice): notice is Extract<AgentNotice, { type: Type }> => notice.type === type),
      filter(isIt)
    )
  )

export const childrenOf = ({ journal }: Runtime, session: Session) => journal.list({ parent: session.id })

/** A machine under load takes its time. */
export const soon = <A>(look: () => A | Promise<A>): Promise<A> => vi.waitFor(look, { timeout: 10_000 })

export const agentsIn = (runtime: Runtime) => nodeIn(runtime.health().tree, "agents")?.children.map(({ id }) => id)

/** Messages to the agent that brought results. */
export const delivered = (session: Session): ReadonlyArray<string> =>
  session
    .view()
    .transcript.flatMap((message) =>
      message.role === "user" && message.id.startsWith("background:") ? [textOf(message)] : []
    )

export const heard = (model: ByMessage, prompt: string) =>
  model.requests.find(({ messages }) => messages.some((message) => textOf(message) === prompt))

/** A tool that ends when it may. */
export const gated = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const wait = async () => {
    await promise
    return "open"
  }
  return { go: () => resolve(), gate: plugin("gate", [tool("gate", wait, { risk: "read" })]) }
}
