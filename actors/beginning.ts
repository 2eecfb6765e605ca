/** What a new session would begin with. No session is opened and no model asked. */
import { randomUUID } from "node:crypto"
import { sendFileTool } from "../plugins/builtin/send-file.ts"
import type { ContextUse } from "../plugins/context-use.ts"
import { briefing } from "./briefing.ts"
import type { Household } from "./household.ts"
import { blockedIn } from "./session/own-toolbox.ts"

/** @param model Id of the one that it would work with; absent: none is configured. */
export const contextAtStart = async (house: Household, model = ""): Promise<ContextUse> => {
  const { cwd, env, settings, plugins, models, told, discover } = house
  const session = randomUUID()
  const heard: Array<string> = []
  const hearing = told.subscribe(({ session: whose, notice }) => {
    if (whose === session && notice.type === "agent.warned") heard.push(notice.failure.message)
  })
  try {
    await plugins.begun()
    const tools = () => new Map([...plugins.offered()].filter(([name]) => name !== sendFileTool))
    const blocked = blockedIn(house)
    const { hooks } = plugins
    const { use } = await briefing({ session, cwd, env, settings, hooks, tools, models, discover, blocked })
    const found = await use({ model, transcript: [], contextUsed: 0, notices: [] })
    return { ...found, notices: [...found.notices, ...heard] }
  } finally {
    hearing.unsubscribe()
  }
}
