/** A session with plugins that have a say, whose user answers what is asked: what was told, and what its model read. */
import type { Runtime } from "../../actors/runtime.ts"
import type { Session } from "../../actors/session-host.ts"
import { type Message, textOf } from "../../llm/message.ts"
import type { AgentEvent, AgentNotice } from "../../machines/events.ts"
import { definePlugin, type Expansion, type Plugin } from "../../plugins/plugin.ts"
import { played } from "./played-model.ts"
import type { makeStage } from "./stage.ts"
import type { ByMessage } from "./subagents/scripted.ts"

type Stage = ReturnType<typeof makeStage>

type Answers = Readonly<Record<string, "allow" | "always" | "deny">>

interface Setting {
  readonly model?: ByMessage
  readonly settings?: Parameters<Stage["open"]>[2]
  readonly unattended?: boolean
  /** By what is asked about. */
  readonly answers?: Answers
}

interface Played {
  readonly runtime: Runtime
  readonly session: Session
  readonly model: ByMessage
  readonly notices: ReadonlyArray<AgentNotice>
  readonly events: ReadonlyArray<AgentEvent>
  /** What the newest request said in the user's place. */
  readonly read: () => ReadonlyArray<string>
  readonly asked: () => ReadonlyArray<Extract<AgentNotice, { type: "agent.asked" }>>
}

export const livedOn =
  (stage: Stage) =>
  async (plugins: ReadonlyArray<Plugin>, setting: Setting = {}): Promise<Played> => {
    const { model = played(["one", "two", "three"]), unattended = false, answers = {} } = setting
    const events: Array<AgentEvent> = []
    const runtime = await stage.start({
      model,
      plugins,
      settings: { permissions: { mode: "ask" }, ...setting.settings },
      inspect: (inspected) => {
        if (inspected.type === "@xstate.event" && !inspected.event.type.startsWith("xstate."))
          events.push(inspected.event as AgentEvent) // all that is not XState's own
      }
    })
    const session = await runtime.open({ unattended })
    const notices: Array<AgentNotice> = []
    session.events.subscribe((notice) => {
      notices.push(notice)
      const decision = notice.type === "agent.asked" ? answers[notice.tool] : undefined
      if (notice.type === "agent.asked" && decision !== undefined)
        session.send({ type: "permission.answered", id: notice.id, decision })
    })
    const said = (message: Message) => (message.role === "user" ? [textOf(message)] : [])
    return {
      runtime,
      session,
      model,
      notices,
      events,
      read: () => model.requests.at(-1)?.messages.flatMap(said) ?? [],
      asked: () => notices.flatMap((notice) => (notice.type === "agent.asked" ? [notice] : []))
    }
  }

/** A plugin that knows what is meant. */
export const standing = (
  expand: Expansion["expand"],
  name = "names",
  wants = (text: string) => text.startsWith("/")
): Plugin => definePlugin({ name, live: { follow: () => () => {}, expansion: { wants, expand } } })
