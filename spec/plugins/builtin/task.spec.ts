import { describe, expect, it } from "vitest"
import { absentAgents } from "../../../plugins/ports/absent.ts"
import { type Agents, type AgentResult, type AgentTask, type BackgroundView } from "../../../plugins/ports.ts"
import { type AgentFile, type AgentFiles, type AgentFileSet, noAgentFiles } from "../../../plugins/agent-files.ts"
import { taskTool } from "../../../plugins/builtin/task/tool.ts"
import { workspace } from "../workspace.ts"

const given = { prompt: "Look under the stairs.", description: "look for it" }

const result = (more: Partial<AgentResult> = {}): AgentResult => ({
  session: "1m8",
  end: "replied",
  text: "There it is.",
  tokens: 1234,
  ...more
})

const background: BackgroundView = {
  id: "1m8",
  description: "look for it",
  state: "running",
  startedAt: Date.now(),
  delivered: false
}

const withAgents = async (tool: string, input: unknown, agents: Partial<Agents>) => {
  await using space = await workspace()
  return await space.call(tool, input, { agents: { ...absentAgents, ...agents } })
}

describe("the answer of a task", () => {
  it("is what the subagent says, and what it took", async () => {
    const orders: Array<AgentTask> = []
    const run: Agents["run"] = async (order) => {
      orders.push(order)
      return result({ cost: 0.0125 })
    }
    const limits = { model: "a/b", tools: ["read_file"], timeout: 60, max_turns: 3 }
    const answer = await withAgents("task", { ...given, ...limits }, { run })
    expect(answer).toEqual({
      success: true,
      data: "There it is.\n\n[subagent session 1m8, 1234 tokens, $0.0125]",
      summary: "look for it: subagent session 1m8, 1234 tokens, $0.0125"
    })
    expect(orders).toEqual([{ ...given, model: "a/b", tools: ["read_file"], timeout: 60, maxTurns: 3 }])
  })

  it.each([
    ["failed", "execution_error", "the subagent failed"],
    ["cancelled", "cancelled", "was stopped"],
    ["timed_out", "execution_error", "took too long"],
    ["interrupted", "interrupted", "the program ended"]
  ] as const)("is no success when it %s, and brings what there is", async (end, errorClass, error) => {
    const answer = await withAgents("task", given, {
      run: async () => result({ end, text: "Half of it.", needs: ["x"] })
    })
    expect(answer).toMatchObject({ success: false, errorClass, needs: "x", error: expect.stringContaining(error) })
    expect(answer.data).toMatch(/^Half of it\.\n\n\[.*nobody could be asked to permit x\]$/)
  })

  it("comes at once for one in the background, and says that the result comes by itself", async () => {
    const answer = await withAgents("task", { ...given, background: true }, { start: async () => background })
    expect(answer).toMatchObject({ success: true })
    expect(answer.data).toContain("1m8). Its result comes as a message")
  })

  it("says which field is wrong", async () => {
    await expect(withAgents("task", { ...given, timeout: 0, max_turns: 1.5 }, {})).rejects.toThrow(
      /timeout: .*; max_turns: /
    )
  })
})

describe("an agent's own model", () => {
  it("is used only when it is the one that the user was shown", async () => {
    const file: AgentFile = {
      name: "reviewer",
      description: "Reviews.",
      path: "/reviewer.md",
      source: "user",
      trusted: true,
      withheld: [],
      skills: [],
      background: false,
      warnings: []
    }
    let set: AgentFileSet = { ...noAgentFiles, agents: [file] }
    const all = async () => set
    const agents: AgentFiles = {
      all,
      again: all,
      known: () => set,
      instructions: async () => ({ text: "Review." }),
      catalogue: () => ({ text: "- reviewer: Reviews.", left: 0 }),
      search: () => []
    }
    const tool = taskTool({ agents })
    await using space = await workspace()
    const models: Array<string | undefined> = []
    const run: Agents["run"] = async ({ model }) => {
      models.push(model)
      return result()
    }
    const context = { ...space.context, agents: { ...absentAgents, run } }
    const called = async (meanwhile: string | undefined) => {
      const read = await tool.decode({ ...given, agent: "reviewer" })
      const input = "input" in read ? read.input : read.problems
      const { summary } = await tool.preview(input, context)
      set = { ...set, agents: [{ ...file, ...(meanwhile !== undefined && { model: meanwhile }) }] }
      return { summary, answer: await tool.execute(input, context) }
    }
    expect(await called(undefined)).toMatchObject({ answer: { success: true } })
    expect(await called("a/large")).toMatchObject({ answer: { errorClass: "permission_denied" } })
    expect(await called("a/large")).toMatchObject({
      summary: "agent reviewer with model a/large",
      answer: { success: true }
    })
    expect(await called("a/larger")).toMatchObject({ answer: { errorClass: "permission_denied" } })
    expect(models).toEqual([undefined, "a/large"])
  })
})

describe("a look at what is in the background", () => {
  it("lists all, or says that there are none", async () => {
    const over = { ...background, id: "1m9", state: "timed_out" as const, result: result({ end: "timed_out" }) }
    expect((await withAgents("background_list", {}, { list: async () => [background, over] })).data).toMatch(
      /^1m8 \(look for it\): running, \d+ s\n1m9 \(look for it\): timed out$/
    )
    expect(await withAgents("background_list", {}, { list: async () => [] })).toMatchObject({ data: "There are none." })
  })

  it("shows a result that was handed over before, and does not hand it over twice", async () => {
    const over = { ...background, state: "replied" as const, result: result() }
    const waits: Array<number | undefined> = []
    const look = (delivered: boolean) =>
      withAgents(
        "background_output",
        { id: "1m8", wait: 2 },
        {
          look: async (_, wait) => {
            waits.push(wait)
            return { ...over, delivered }
          }
        }
      )
    expect((await look(true)).data).toBe("[1m8 (look for it): replied]\nThere it is.")
    expect((await look(false)).data).toBe("[1m8 (look for it): replied]\nIts result follows as a message.")
    expect(waits).toEqual([2000, 2000])
  })

  it("tells of one that was stopped that it is", async () => {
    const stop: Agents["stop"] = async () => ({
      ...background,
      state: "cancelled",
      result: result({ end: "cancelled" })
    })
    expect((await withAgents("background_stop", { id: "1m8" }, { stop })).data).toContain("cancelled]")
  })
})
