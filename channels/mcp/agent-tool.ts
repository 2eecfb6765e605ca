/**
 * The whole agent as one tool: a task goes in, what came of it comes out, with the id of the session to go on with. Each call opens
 * the session, works, and lets go of it; sessions are found again by their id and owner, also after a restart. Tasks of one session
 * are worked on one after another.
 */
import type { SessionHost } from "../../actors/session-host.ts"
import { workOn } from "./agent-turn.ts"
import type { Caller, Offer, ServedTool } from "./offer.ts"
import { canBeAsked } from "./questions.ts"
import { failed } from "./shop.ts"

export const agentToolName = "run_task"

export const agentOffer = (host: Pick<SessionHost, "open">, cwd: string): Offer => {
  const tool = agentTool(host, cwd, deskOf())
  return { tools: () => [tool] }
}

const description = (cwd: string): string =>
  `Give a task to Kintsugi, a coding agent that works by itself in the folder ${cwd}: it reads and writes files, runs commands, mends what breaks, and checks what it did. It takes as long as it takes, often minutes, and tells its progress. The result names a session_id: pass it to go on in the same conversation, which the agent remembers; leave it out to begin a new one.`

const inputSchema = {
  type: "object" as const,
  properties: {
    task: { type: "string", description: "What is to be done, in as many words as a colleague would need." },
    session_id: { type: "string", description: "Of an earlier result, to go on with it." }
  },
  required: ["task"],
  additionalProperties: false
}

const outputSchema = {
  type: "object" as const,
  properties: {
    session_id: { type: "string" },
    status: { type: "string", enum: ["done", "failed", "cancelled"] },
    verified: { type: "boolean", description: "The end of the task was checked against what is really there." },
    final_answer: { type: ["string", "null"] },
    error: { type: "object" },
    usage: { type: "object", description: "Tokens." },
    cost: { type: ["number", "null"], description: "US dollars; null when it is not known." },
    seams: { type: "array", items: { type: "object" }, description: "What broke and was mended on the way." },
    needs: { type: "array", items: { type: "string" }, description: "Rules that would let through what was refused." }
  },
  required: ["session_id", "status", "final_answer", "usage", "cost", "seams"]
}

const agentTool = (host: Pick<SessionHost, "open">, cwd: string, desk: Desk): ServedTool => ({
  definition: {
    name: agentToolName,
    title: "Give Kintsugi a task",
    description: description(cwd),
    inputSchema,
    outputSchema,
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true }
  },
  call: async ({ task, session_id: id }, caller) => {
    if (typeof task !== "string" || task.trim() === "")
      return failed("task must be a text that says what is to be done")
    if (id !== undefined && (typeof id !== "string" || id === "latest"))
      return failed("session_id must be the id of an earlier result, or left out")
    const leave = desk.enter(caller)
    if (leave === undefined)
      return failed(`${mostEach} tasks of yours are worked on already: wait for one of them to end, or cancel it`)
    try {
      return await turn(host, desk, { task, id, caller })
    } finally {
      leave()
    }
  }
})

interface Asked {
  readonly task: string
  readonly id: string | undefined
  readonly caller: Caller
}

const turn = async (host: Pick<SessionHost, "open">, desk: Desk, { task, id, caller }: Asked) => {
  const { owner } = caller.user
  const leave = id === undefined ? () => {} : await desk.claim(id, caller)
  if (leave === undefined) return failed("the request was taken back")
  try {
    await using session = await host.open({
      unattended: !canBeAsked(caller),
      ...(owner === undefined ? {} : { owner }),
      ...(id === undefined ? {} : { resume: id })
    })
    return await workOn(session, task, caller)
  } finally {
    leave()
  }
}

/** Tasks of one user at a time. */
const mostEach = 16

/** Who works on what. */
interface Desk {
  /** @returns how to leave again; `undefined`: there are too many of this user. */
  readonly enter: (caller: Caller) => (() => void) | undefined
  /** Waits until nothing works on the session. @returns how to let go of it; `undefined`: the caller is gone first. */
  readonly claim: (id: string, caller: Caller) => Promise<(() => void) | undefined>
}

const deskOf = (): Desk => {
  const counts = new Map<string | undefined, number>()
  /** By owner and id: whoever asks for somebody else's learns nothing, not even by waiting. */
  const taken = new Map<string, Promise<void>>()
  return {
    enter: ({ user: { owner } }) => {
      const count = counts.get(owner) ?? 0
      if (count >= mostEach) return undefined
      counts.set(owner, count + 1)
      return () => {
        const left = (counts.get(owner) ?? 1) - 1
        if (left === 0) counts.delete(owner)
        else counts.set(owner, left)
      }
    },
    claim: async (id, { user, signal }) => {
      const name = JSON.stringify([user.owner, id])
      const gone = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
      for (let one = taken.get(name); one !== undefined && !signal.aborted; one = taken.get(name))
        await Promise.race([one, gone])
      if (signal.aborted) return undefined
      const done = Promise.withResolvers<void>()
      taken.set(name, done.promise)
      return () => {
        taken.delete(name)
        done.resolve()
      }
    }
  }
}
