/** What the user may choose for a session: how much it may do without asking, and its model. */
import type { SessionConfigOption, SessionModeState, SessionUpdate } from "@agentclientprotocol/sdk"
import type { Session, SessionView } from "../../actors/session-host.ts"
import type { AgentNotice, UserEvent } from "../../machines/events.ts"
import { type Mode, modes } from "../../plugins/permission.ts"
import { failed, refused } from "./errors.ts"

export interface ListedModel {
  readonly id: string
  readonly note: string
}

const words: Readonly<Record<Mode, readonly [string, string]>> = {
  plan: ["Plan", "Reads only."],
  ask: ["Ask", "Asks before everything but reading."],
  edits: ["Edits", "Edits files in this folder without asking, and asks before all else."],
  auto: ["Auto", "Does everything without asking."]
}

/** Models that are offered; the one in use is always among them. */
const mostModels = 200

type Chosen = Pick<SessionView, "permissions" | "model">

export const modeState = ({ permissions }: Chosen): SessionModeState => ({
  currentModeId: permissions,
  availableModes: modes.map((id) => ({ id, name: words[id][0], description: words[id][1] }))
})

export const configOptions = (
  { permissions, model }: Chosen,
  models: ReadonlyArray<ListedModel>
): Array<SessionConfigOption> => {
  const offered = models.slice(0, mostModels)
  const isOffered = offered.some(({ id }) => id === model)
  return [
    {
      type: "select",
      id: "mode",
      name: "Permissions",
      description: "What the agent may do without asking.",
      category: "mode",
      currentValue: permissions,
      options: modes.map((value) => ({ value, name: words[value][0], description: words[value][1] }))
    },
    {
      type: "select",
      id: "model",
      name: "Model",
      category: "model",
      currentValue: model,
      options: [...(isOffered ? [] : [{ id: model, note: "" }]), ...offered].map(({ id, note }) => ({
        value: id,
        name: id,
        ...(note !== "" && { description: note })
      }))
    }
  ]
}

/** @throws RequestError for what is no option, or no value of it. */
export const changeFor = (option: string, value: unknown): UserEvent => {
  if (option === "mode") {
    const mode = modes.find((one) => one === value)
    if (mode !== undefined) return { type: "user.permissions", mode }
    throw refused(`mode is one of ${modes.join(", ")}`)
  }
  if (option !== "model") throw refused("there are two options: mode and model")
  if (typeof value === "string" && value !== "") return { type: "user.model", model: value }
  throw refused("model is provider/model")
}

/** Milliseconds that a change may take: a model is looked up before it counts. */
const patience = 10_000

/** Resolves when it has come to pass. @throws RequestError (as a rejection) when the agent says no, or nothing. */
export const changed = async (session: Pick<Session, "events" | "send">, event: UserEvent): Promise<void> => {
  const told = Promise.withResolvers<void>()
  const late = setTimeout(() => told.reject(failed("the change was not confirmed in time", "timeout")), patience)
  const hear = (notice: AgentNotice): void => {
    if (notice.type === "agent.changed") told.resolve()
    if (notice.type === "agent.warned" && notice.failure.code === "not_configured")
      told.reject(refused(notice.failure.message))
  }
  const heard = session.events.subscribe({
    next: hear,
    complete: () => told.reject(failed("the session was closed", "closed"))
  })
  try {
    session.send(event)
    await told.promise
  } finally {
    clearTimeout(late)
    heard.unsubscribe()
  }
}

/** What clients are told when something was changed. */
export const changeUpdates = (
  notice: Extract<AgentNotice, { type: "agent.changed" }>,
  view: Chosen,
  models: ReadonlyArray<ListedModel>
): ReadonlyArray<SessionUpdate> => [
  ...(notice.permissions === undefined
    ? []
    : [{ sessionUpdate: "current_mode_update" as const, currentModeId: notice.permissions }]),
  ...(notice.permissions === undefined && notice.model === undefined
    ? []
    : [{ sessionUpdate: "config_option_update" as const, configOptions: configOptions(view, models) }])
]
