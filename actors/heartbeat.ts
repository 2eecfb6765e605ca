/**
 * The heartbeat: plugins hear regularly how each open session is, and a session that works without a sign of life is
 * reported, once. Nothing runs while no session is open.
 */
import type { Observable } from "rxjs"
import type { AgentNotice } from "../machines/events.ts"
import type { AgentCard } from "../plugins/ports.ts"
import type { HookBus } from "./plugin/hook-bus.ts"
import type { SessionView } from "./session-host.ts"
import type { Settings } from "./settings.ts"

export interface Watched {
  readonly id: string
  /** The session whose task it works on. */
  readonly parent?: string | undefined
  /** Completes when the session closes. */
  readonly events: Observable<AgentNotice>
  readonly state: () => SessionView["state"]
  /** Whether a tool only waits for agents: then they live for it. */
  readonly waits: (tool: string) => boolean
  /** To its channels. */
  readonly tell: (notice: AgentNotice) => void
}

export interface Heartbeat {
  readonly watch: (session: Watched) => void
  /** Of every open session, oldest first. */
  readonly view: () => AgentCard["heartbeat"]
}

export interface HeartbeatParts {
  readonly settings: Settings["heartbeat"]
  readonly hooks: Pick<HookBus, "tell">
  readonly log: (message: string) => void
}

/** What comes from others while a session may be stalled. */
const notOfItself: ReadonlySet<AgentNotice["type"]> = new Set(["agent.plugin", "agent.healed", "agent.stalled"])

/** States in which nobody waits for the user. */
const working: ReadonlySet<SessionView["state"]> = new Set(["thinking", "acting", "compacting"])

interface Pulse {
  readonly session: Watched
  /** `performance.now()` of its last sign of life. */
  alive: number
  isTold: boolean
  /** Names of the tools that work, by call. */
  readonly calls: Map<string, string>
}

export const heartbeat = ({ settings, hooks, log }: HeartbeatParts): Heartbeat => {
  const { enabled, interval, timeout } = settings
  const pulses = new Map<string, Pulse>()
  let timer: NodeJS.Timeout | undefined

  const look = ({ session, alive }: Pulse) => {
    const state = session.state()
    const silent = (performance.now() - alive) / 1000
    return { session: session.id, state, silent, stalled: working.has(state) && silent > timeout }
  }

  const report = (pulse: Pulse, silent: number): void => {
    pulse.isTold = true
    const { session, calls } = pulse
    const seconds = Math.round(silent)
    const doing = doingOf(session.state(), [...calls.values()])
    log(`session ${session.id}: no sign of life for ${seconds} s: ${doing}`)
    session.tell({ type: "agent.stalled", seconds, doing })
  }

  const beat = (): void => {
    for (const pulse of pulses.values()) {
      const seen = look(pulse)
      hooks.tell("onHeartbeat", seen)
      if (seen.stalled && !pulse.isTold) report(pulse, seen.silent)
    }
  }

  const hear = (pulse: Pulse, notice: AgentNotice): void => {
    if (notOfItself.has(notice.type)) return
    if (notice.type === "agent.acting") pulse.calls.set(notice.call.id, notice.call.name)
    if (notice.type === "agent.settled") pulse.calls.delete(notice.call.id)
    if (notice.type === "agent.started") pulse.calls.clear()
    live(pulse)
  }

  /** It lives, and whoever waits for it. */
  const live = (pulse: Pulse): void => {
    pulse.alive = performance.now()
    pulse.isTold = false
    const above = pulses.get(pulse.session.parent ?? "")
    if (above !== undefined && [...above.calls.values()].some(above.session.waits)) live(above)
  }

  const forget = (id: string): void => {
    pulses.delete(id)
    if (pulses.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch: (session) => {
      const pulse: Pulse = { session, alive: performance.now(), isTold: false, calls: new Map() }
      pulses.set(session.id, pulse)
      session.events.subscribe({ next: (notice) => hear(pulse, notice), complete: () => forget(session.id) })
      if (enabled) timer ??= setInterval(beat, interval * 1000).unref()
    },
    view: () => [...pulses.values()].map(look)
  }
}

/** What it waits for, in a few words. */
const doingOf = (state: SessionView["state"], tools: ReadonlyArray<string>): string => {
  if (state === "compacting") return "the model summarises the conversation"
  if (state === "thinking") return "the model has not answered"
  return tools.length === 0 ? "a tool works" : `${tools.join(", ")} ${tools.length === 1 ? "works" : "work"}`
}
