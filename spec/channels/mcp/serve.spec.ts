import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { definePlugin } from "../../../plugins/plugin.ts"
import { clientKinds, clientOf, piped, type Says, stage, type StageOptions, until, yes } from "./served.ts"

describe.each(clientKinds)("the agent and its tools, for a client of %s", (kind) => {
  const begin = async (says?: Says, options: StageOptions = {}) => {
    const staged = await stage(options)
    const pipe = piped(staged)
    return { ...staged, ...pipe, client: await clientOf(kind, pipe.transport, says) }
  }

  it("lists the agent and every tool that means something without a task, with what it does to the world", async () => {
    const { client } = await begin()
    const { tools } = await client.listTools()
    const names = tools.map(({ name }) => name)
    expect(names[0]).toBe("run_task")
    expect(names).toEqual(expect.arrayContaining(["read_file", "write_file", "execute_bash", "hold", "facts"]))
    for (const left of ["task_done", "task", "send_file", "background_list", "plan_task", "about_me"])
      expect(names).not.toContain(left)
    const of = (name: string) => tools.find((tool) => tool.name === name)
    expect(of("read_file")?.annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false })
    expect(of("read_file")).toHaveProperty("_meta", expect.objectContaining({ "kintsugi/plugin": "files" }))
    expect(of("write_file")?.annotations).toMatchObject({ readOnlyHint: false, destructiveHint: true })
    expect(of("read_file")?.inputSchema).toMatchObject({ type: "object", required: ["path"] })
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names)
  })

  it("works on a task, tells its progress, and goes on in the same session", async () => {
    const { client } = await begin(yes)
    const told: Array<string | undefined> = []
    const first = await client.callTool(
      { name: "run_task", arguments: { task: "write it" } },
      { onprogress: ({ message }) => told.push(message) }
    )
    expect(first.isError ?? false).toBe(false)
    expect(first.structuredContent).toMatchObject({ status: "done", final_answer: "written", seams: [] })
    expect(first.content[0]?.text).toBe("written")
    expect(told).toEqual(expect.arrayContaining(["thinking", "write_file made.txt"]))
    const id = first.structuredContent?.session_id
    expect(first.content[1]?.text).toContain(String(id))
    const second = await client.callTool({ name: "run_task", arguments: { task: "hi", session_id: id } })
    expect(second.structuredContent).toMatchObject({ session_id: id, final_answer: "You said: hi" })
  })

  it("says that a task has failed, and why", async () => {
    const { client } = await begin()
    const failed = await client.callTool({ name: "run_task", arguments: { task: "fail" } })
    expect(failed).toMatchObject({ isError: true, structuredContent: { status: "failed", final_answer: null } })
    expect(failed.content[0]?.text).toContain("not today")
  })

  it("asks the client's user, whose no is a no", async () => {
    const asked: Array<string> = []
    const { client, cwd } = await begin(({ message }) => {
      asked.push(message)
      return { action: "decline" }
    })
    await client.callTool({ name: "run_task", arguments: { task: "write it" } })
    const direct = await client.callTool({ name: "write_file", arguments: { path: "made.txt", content: "x" } })
    expect(direct.isError).toBe(true)
    expect(asked).toHaveLength(2)
    expect(asked[0]).toContain("write_file (write)")
    expect(asked[0]).toContain("+made")
    expect(existsSync(join(cwd, "made.txt"))).toBe(false)
  })

  it("refuses what it may not ask, and says which rule would allow it", async () => {
    const { client, cwd } = await begin()
    const agent = await client.callTool({ name: "run_task", arguments: { task: "write it" } })
    expect(agent.structuredContent?.needs).toEqual(["write_file(*)"])
    const direct = await client.callTool({ name: "write_file", arguments: { path: "made.txt", content: "x" } })
    expect(direct).toMatchObject({ isError: true, _meta: { "kintsugi/needs": "write_file(*)" } })
    expect(existsSync(join(cwd, "made.txt"))).toBe(false)
  })

  it("takes always for an answer, for later calls as well", async () => {
    let times = 0
    const { client } = await begin(() => {
      times++
      return { action: "accept", content: { decision: "always" } }
    })
    for (const content of ["one", "two"])
      await client.callTool({ name: "write_file", arguments: { path: "made.txt", content } })
    expect(times).toBe(1)
  })

  it.each(["run_task", "inquire"])("brings what a tool wants to know to the client's user (%s)", async (name) => {
    const { client } = await begin(() => ({ action: "accept", content: { which: "this one" } }))
    const args = name === "run_task" ? { task: "ask" } : {}
    const { content } = await client.callTool({ name, arguments: args })
    expect(content[0]?.text).toContain(name === "run_task" ? "asked" : '"which":"this one"')
  })

  it("gives what a tool gives as the agent's own model would read it, and objects as they are", async () => {
    const { client, cwd } = await begin()
    writeFileSync(join(cwd, "a.txt"), "alpha\n")
    const read = await client.callTool({ name: "read_file", arguments: { path: "a.txt" } })
    expect(read.content[0]?.text).toContain("alpha")
    expect(await client.callTool({ name: "facts" })).toMatchObject({ structuredContent: { answer: 42 } })
    const miscounted = await client.callTool({ name: "facts", arguments: { wrong: true } })
    expect(miscounted).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("a miscount") }] })
    expect(miscounted.structuredContent).toBeUndefined()
    const wrong = await client.callTool({ name: "read_file", arguments: { path: 7 } })
    expect(wrong).toMatchObject({ isError: true, _meta: { "kintsugi/error_class": "invalid_arguments" } })
  })

  it("stops a turn and a tool that the client takes back", async () => {
    const { client, holding } = await begin()
    for (const call of [{ name: "run_task", arguments: { task: "hold" } }, { name: "hold" }]) {
      const stop = new AbortController()
      const called = client.callTool(call, { signal: stop.signal }).catch((error: unknown) => error)
      await until(() => holding() === 1)
      stop.abort()
      expect(await called).toBeInstanceOf(Error)
      await until(() => holding() === 0)
    }
  })

  it("works on sixty-four calls of one user at a time", async () => {
    const { client, holding } = await begin()
    const stop = new AbortController()
    const calls = Array.from({ length: 65 }, () => client.callTool({ name: "hold" }, { signal: stop.signal }))
    const tooMany = "64 calls of yours run or wait already: wait for one of them to end, or cancel it"
    expect(await Promise.race(calls)).toMatchObject({ isError: true, content: [{ type: "text", text: tooMany }] })
    stop.abort()
    await Promise.allSettled(calls)
    await until(() => holding() === 0)
    const { content } = await client.callTool({ name: "read_file", arguments: { path: "none" } })
    expect(content).not.toMatchObject([{ text: tooMany }])
  })

  it("refuses what is no task, no session and no tool", async () => {
    const { client } = await begin()
    for (const args of [{}, { task: " " }, { task: "x", session_id: 7 }, { task: "x", session_id: "latest" }])
      expect((await client.callTool({ name: "run_task", arguments: args })).isError).toBe(true)
    const none = await client.callTool({ name: "run_task", arguments: { task: "x", session_id: "nonesuch" } })
    expect(none.content[0]?.text).toContain("there is no session nonesuch")
    await expect(client.callTool({ name: "nonesuch" })).rejects.toMatchObject({ code: -32_602 })
  })

  it("lets no call through whose guard is broken", async () => {
    const guard = definePlugin({
      name: "guard",
      beforeToolExecute: () => {
        throw new Error("broken")
      }
    })
    const { client, cwd } = await begin(yes, { runtime: { plugins: [guard] } })
    const refused = await client.callTool({ name: "write_file", arguments: { path: "made.txt", content: "x" } })
    expect(refused.isError).toBe(true)
    expect(existsSync(join(cwd, "made.txt"))).toBe(false)
  })

  it("serves only what it is told to", async () => {
    const named = await begin(undefined, { tools: ["facts", "task_done"], agent: false })
    expect((await named.client.listTools()).tools.map(({ name }) => name)).toEqual(["task_done", "facts"])
    await expect(named.client.callTool({ name: "read_file" })).rejects.toThrow("there is no tool")
    const none = await begin(undefined, { tools: false })
    expect((await none.client.listTools()).tools.map(({ name }) => name)).toEqual(["run_task"])
  })

  it("finds a session again after a restart, by its id", async () => {
    const data = mkdtempSync(join(tmpdir(), "kintsugi-mcp-data-"))
    onTestFinished(() => rmSync(data, { recursive: true }))
    const before = await begin(undefined, { runtime: { data } })
    const { structuredContent } = await before.client.callTool({ name: "run_task", arguments: { task: "one" } })
    await before.client.close()
    expect(await before.code).toBe(0)
    await before.runtime.close()
    const after = await begin(undefined, { runtime: { data } })
    const session_id = structuredContent?.session_id
    const again = await after.client.callTool({ name: "run_task", arguments: { task: "two", session_id } })
    expect(again.structuredContent).toMatchObject({ session_id, final_answer: "You said: two" })
    expect(after.noise).toEqual([])
  })
})
