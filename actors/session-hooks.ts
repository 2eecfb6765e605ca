/** What a session tells its channels, told to the hooks of plugins: one table, the same for whoever uses the session. */
import { callsOf, textOf } from "../llm/message.ts"
import type { AgentNotice, TurnEnd, UserEvent } from "../machines/events.ts"
import type { HookInput, HookOf } from "../plugins/hooks.ts"
import type { HookBus } from "./plugin/hook-bus.ts"

export interface SessionHooks {
  /** It begins to live, before anything is told of it. */
  readonly opened: (model: string, resumed: boolean) => void
  readonly said: (event: UserEvent) => void
  readonly told: (notice: AgentNotice) => void
  /** Nothing is told of it any more. */
  readonly closed: () => void
}

export interface SessionHooksParts {
  /** Id of the session. */
  readonly session: string
  readonly cwd: string
  /** Id of the session that it works for as a subagent. */
  readonly parent: string | undefined
  /** Name of the agent whose part it plays. */
  readonly agent: string | undefined
  readonly bus: Pick<HookBus, "tell">
  /** What messages of the turn say, as they were typed. */
  readonly textsOf: (messages: ReadonlyArray<string>) => ReadonlyArray<string>
}

type Tables = { readonly [Type in AgentNotice["type"]]?: (notice: Extract<AgentNotice, { type: Type }>) => void }

interface Running {
  readonly callId: string
  readonly tool: string
  readonly input: unknown
}

export const sessionHooks = ({ session, cwd, parent, agent, bus, textsOf }: SessionHooksParts): SessionHooks => {
  const tell = <Name extends HookOf<"observer">>(hook: Name, input: Omit<HookInput<Name>, "session">): void =>
    bus.tell(hook, { session, ...input } as HookInput<Name>) // TypeScript does not put the two together again
  let model = ""
  let isWorking = false
  /** Text of the reply that is being written; `undefined` between two. */
  let written: string | undefined
  const running = new Map<string, Running>()

  const write = (text: string): void => {
    if (written === undefined) tell("onMessageStart", { role: "assistant" })
    written = (written ?? "") + text
  }
  const whole = (text: string, calls: ReadonlyArray<string>): void => {
    write("")
    written = undefined
    tell("onMessageEnd", { role: "assistant", text, calls })
  }
  const heard = (text: string): void => {
    tell("onMessageStart", { role: "user" })
    tell("onMessageEnd", { role: "user", text, calls: [] })
  }

  /** What began has an end, also when it was cut short. */
  const end = (how: HookInput<"onTurnEnd">["end"], text: string, { spent: { usage, cost } }: TurnEnd): void => {
    if (written !== undefined) whole(written, [])
    for (const call of running.values())
      tell("onToolExecutionEnd", {
        ...call,
        answer: { success: false, errorClass: "cancelled", error: "cut short while it ran; its effects may be partial" }
      })
    running.clear()
    if (!isWorking) return
    isWorking = false
    const { input, output, cacheRead, cacheWrite } = usage
    const tokens = { input, output, cacheRead, cacheWrite }
    const at = performance.timeOrigin + performance.now()
    tell("onTurnEnd", { end: how, text, usage: tokens, ...(cost === undefined ? {} : { cost }), at })
  }

  const tables: Tables = {
    "agent.started": ({ messages }) => {
      isWorking = true
      tell("onTurnStart", { text: textsOf(messages).join("\n\n") })
    },
    // For this process it begins here.
    "agent.resumed": ({ messages }) => {
      isWorking = true
      tell("onTurnStart", { text: textsOf(messages).join("\n\n") })
    },
    "agent.text": ({ delta }) => {
      write(delta)
      tell("onMessageUpdate", { text: delta, thinking: "" })
    },
    "agent.thinking": ({ delta }) => {
      write("")
      tell("onMessageUpdate", { text: "", thinking: delta })
    },
    "agent.calling": () => write(""),
    // What was written is void: the next attempt begins anew.
    "agent.retrying": () => {
      written = undefined
    },
    "agent.said": ({ message }) =>
      whole(
        textOf(message),
        callsOf(message).map(({ name }) => name)
      ),
    "agent.acting": ({ call }) => {
      const one = { callId: call.id, tool: call.name, input: call.input }
      running.set(call.id, one)
      tell("onToolExecutionStart", one)
    },
    "agent.progressed": ({ callId, text }) =>
      tell("onToolExecutionUpdate", { callId, tool: running.get(callId)?.tool ?? "", text }),
    "agent.settled": ({ call, answer }) => {
      const one = running.get(call.id) ?? { callId: call.id, tool: call.name, input: call.input }
      running.delete(call.id)
      tell("onToolExecutionEnd", { ...one, answer })
    },
    "agent.background": ({ result }) => {
      if (result !== undefined) heard(result.text)
    },
    "agent.changed": ({ model: next, cleared }) => {
      if (cleared === true) tell("onSessionSwitch", { from: session, to: "" })
      if (next === undefined) return
      tell("onModelSelect", { model: next, ...(model === "" ? {} : { before: model }) })
      model = next
    },
    "agent.compacted": ({ summary }) => tell("onSessionCompacted", { summary }),
    "agent.replied": ({ text, ...turn }) => end("replied", text, turn),
    "agent.failed": ({ failure, ...turn }) => end("failed", failure.message, turn),
    "agent.cancelled": (turn) => end("cancelled", "", turn)
  }

  return {
    opened: (first, resumed) => {
      model = first
      tell("onAgentStart", {
        cwd,
        model,
        resumed,
        ...(parent !== undefined && { parent }),
        ...(agent !== undefined && { agent })
      })
      if (model !== "") tell("onModelSelect", { model })
    },
    said: (event) => {
      if (event.type === "user.message") heard(textOf({ role: "user", id: event.id, content: event.content }))
    },
    told: (notice) => (tables[notice.type] as ((notice: AgentNotice) => void) | undefined)?.(notice), // of its own type
    closed: () => tell("onAgentEnd", {})
  }
}
