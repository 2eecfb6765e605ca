/** What a plugin's place may ask of the host's ports, as far as it could be misread. */
import { describe, expect, it } from "vitest"
import { nearPorts, type Ports } from "../../../actors/hosts/near-ports.ts"
import { absentPorts } from "../../../plugins/ports/absent.ts"
import type { AgentTask } from "../../../plugins/ports.ts"

const nothing = () => {
  throw new Error("nobody asked for this")
}
const files: Ports["files"] = { resolve: nothing, display: nothing, read: nothing, write: nothing, stat: nothing }
const exec: Ports["exec"] = {
  run: nothing,
  start: nothing,
  jobs: nothing,
  look: nothing,
  stop: nothing,
  close: nothing
}

describe("a task for an agent", () => {
  const given = async (task: unknown) => {
    const tasks: Array<AgentTask> = []
    const replies: Array<unknown> = []
    const run = async (one: AgentTask) => {
      tasks.push(one)
      return { session: "1", end: "replied" as const, text: "", tokens: 0 }
    }
    const ports = { ...absentPorts, files, exec, fetch, agents: { ...absentPorts.agents, run } }
    const near = nearPorts(ports, 1000, (reply) => replies.push(reply))
    await near.use({ id: 1, call: 1, port: "agents.run", args: [task] })
    near.close()
    return { tasks, replies }
  }
  const agent = { name: "a", instructions: "b", tools: ["read_file"], withheld: ["write_file"], permissionMode: "plan" }

  it("keeps all that narrows it", async () => {
    const { tasks } = await given({ prompt: "x", agent: { ...agent, more: 1 } })
    expect(tasks).toEqual([{ prompt: "x", agent }])
  })

  it.each([
    ["tools that are no list", { ...agent, tools: "read_file" }],
    ["a tool that is no text", { ...agent, withheld: [1] }],
    ["another mode", { ...agent, permissionMode: "auto" }],
    ["no name", { instructions: "b" }],
    ["no object", "a"]
  ])("is refused with %s", async (_, wrong) => {
    const { tasks, replies } = await given({ prompt: "x", agent: wrong })
    expect(tasks).toEqual([])
    expect(replies).toMatchObject([{ type: "ported", id: 1, error: {} }])
  })
})
