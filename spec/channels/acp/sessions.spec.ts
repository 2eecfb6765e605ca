/** Sessions of an editor: where they work, with which servers, how they are listed, loaded, chosen for, closed and deleted. */
import { mkdir, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test, vi } from "vitest"
import { makeOffering } from "../offering.ts"
import { makeEditors } from "./editor.ts"

const editors = makeEditors()

const script = {
  rules: [
    {
      when: "edit",
      turns: [
        {
          thinking: "Which one?",
          text: "I edit it.",
          calls: [{ tool: "edit_file", input: { path: "a.txt", old_string: "two", new_string: "2" } }]
        },
        { text: "Edited." }
      ]
    },
    { when: ".", turns: [{ text: "You said: {{message}}" }] }
  ]
}

const lines = "one\ntwo\nthree\n"

test("loads a conversation: all of it is told again, with its calls and changes, before the answer", async () => {
  const first = await editors.open(script, { permit: () => "allow_once" })
  await writeFile(join(first.folder, "a.txt"), lines)
  const session = await first.open()
  await first.say(session, "edit it")
  await first.say(session, "thanks")
  await first.say(session, "/compact")
  expect(first.words()).toContain("replaced by a summary")
  await first.leave()

  const { folder } = first
  const again = await editors.open(script, {}, first.data)
  const loaded = await again.agent.request("session/load", { sessionId: session, cwd: folder, mcpServers: [] })
  const kinds = again.notifications.map(({ update }) => update.sessionUpdate)
  expect(kinds.filter((kind) => kind !== "tool_call_update")).toEqual([
    "user_message_chunk",
    "agent_thought_chunk",
    "agent_message_chunk",
    "tool_call",
    "agent_message_chunk",
    "user_message_chunk",
    "agent_message_chunk"
  ])
  expect(again.words()).toBe("I edit it.Edited.You said: thanks")
  expect(again.updates("user_message_chunk").map(({ content }) => content)).toMatchObject([
    { text: "edit it" },
    { text: "thanks" }
  ])
  const path = join(folder, "a.txt")
  expect(again.updates("tool_call_update").at(-1)).toMatchObject({
    status: "completed",
    content: [{ type: "diff", path, oldText: lines, newText: "one\n2\nthree\n" }],
    locations: [{ path, line: 1 }]
  })
  expect(loaded).toMatchObject({ modes: { currentModeId: "ask" } })
  expect(await again.say(session, "more")).toBe("end_turn")
})

test("goes on with a session without telling it again", async () => {
  const first = await editors.open(script)
  const session = await first.open()
  await first.say(session, "hello")
  await first.agent.request("session/close", { sessionId: session })
  first.notifications.length = 0
  await first.agent.request("session/resume", { sessionId: session, cwd: first.folder })
  expect(first.words()).toBe("")
  expect(await first.say(session, "again")).toBe("end_turn")
})

test("lists sessions by folder in pages, those in which something was said", async () => {
  const editor = await editors.open(script)
  const [said] = [await editor.open(), await editor.open()]
  await editor.say(said, "hello there")
  const elsewhere = await editors.folder()
  const other = await editor.agent.request("session/new", { cwd: elsewhere, mcpServers: [] })
  await editor.say(other.sessionId, "from elsewhere")
  const listed = await editor.agent.request("session/list", { cwd: editor.folder })
  expect(listed).toEqual({
    sessions: [
      {
        sessionId: said,
        cwd: editor.folder,
        title: "hello there",
        updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/)
      }
    ]
  })
  const all = await editor.agent.request("session/list", {})
  expect(all.sessions.map(({ sessionId }) => sessionId)).toEqual([other.sessionId, said])
  await expect(editor.agent.request("session/list", { cursor: "-1" })).rejects.toMatchObject({ code: -32_602 })
})

test("deletes a session, an open one, too; what is not there counts as deleted", async () => {
  const forgotten: Array<string> = []
  const editor = await editors.open(script, { parts: { forget: async (ids) => void forgotten.push(...ids) } })
  const session = await editor.open()
  await editor.say(session, "hello")
  await editor.agent.request("session/delete", { sessionId: session })
  expect(forgotten).toEqual([session])
  expect((await editor.agent.request("session/list", {})).sessions).toEqual([])
  await expect(editor.say(session, "hello")).rejects.toMatchObject({ code: -32_002 })
  editor.raw(JSON.stringify({ jsonrpc: "2.0", id: 99, method: "session/delete", params: { sessionId: session } }))
  await vi.waitFor(() => expect(editor.lines.join()).toContain('"id":99,"error":{"code":-32002'))
  await expect(
    editor.agent.request("session/load", { sessionId: session, cwd: editor.folder, mcpServers: [] })
  ).rejects.toMatchObject({ code: -32_002 })
})

test("shares a runtime between sessions of one folder, and closes it after the last", async () => {
  const editor = await editors.open(script)
  const link = join(await editors.folder(), "link")
  await symlink(editor.folder, link)
  const one = await editor.open()
  const two = (await editor.agent.request("session/new", { cwd: link, mcpServers: [] })).sessionId
  expect(editor.made).toHaveLength(1)
  await editor.agent.request("session/close", { sessionId: one })
  expect(editor.acp.places.runtimes()).toHaveLength(1)
  expect(await editor.say(two, "hello")).toBe("end_turn")
  await editor.agent.request("session/close", { sessionId: two })
  expect(editor.acp.places.runtimes()).toEqual([])
  // Closing is forgiven, as the protocol wants it.
  await editor.agent.request("session/close", { sessionId: two })
})

test("hands the editor's MCP servers to a runtime of their own", async () => {
  const editor = await editors.open(script, { runtime: { settings: { plugins: { disabled: ["mcp-gateway"] } } } })
  await editor.open()
  const mcpServers = [
    { name: "my files", command: "/bin/false", args: ["-x"], env: [{ name: "A", value: "1" }] },
    { type: "http" as const, name: "far", url: "https://example.com/mcp", headers: [{ name: "X-A", value: "b" }] }
  ]
  await editor.agent.request("session/new", { cwd: editor.folder, mcpServers })
  expect(editor.made).toHaveLength(2)
  expect(editor.made[1]?.settings?.mcp?.servers).toEqual({
    "my files": { type: "stdio", command: "/bin/false", args: ["-x"], env: { A: "1" } },
    far: { type: "http", url: "https://example.com/mcp", headers: { "X-A": "b" } }
  })
  const twice = [mcpServers[1], mcpServers[1]].flatMap((one) => one ?? [])
  await expect(editor.agent.request("session/new", { cwd: editor.folder, mcpServers: twice })).rejects.toMatchObject({
    code: -32_602,
    message: expect.stringContaining("far")
  })
})

test.each([
  ["relative", (folder: string) => folder.slice(1), "absolute"],
  ["missing", (folder: string) => join(folder, "nowhere"), "no folder"]
])("refuses a folder that is %s", async (_, wrong, why) => {
  const editor = await editors.open(script)
  await expect(
    editor.agent.request("session/new", { cwd: wrong(editor.folder), mcpServers: [] })
  ).rejects.toMatchObject({ code: -32_602, message: expect.stringContaining(why) })
})

test("tells what a folder's configuration wants the user to know, once its session is known", async () => {
  const editor = await editors.open(script, {
    parts: {
      open: async () => {
        throw new Error("config.yaml:3: tools.timeout must be a number")
      }
    }
  })
  await expect(editor.open()).rejects.toMatchObject({ message: expect.stringContaining("config.yaml:3") })
})

test("lets the user choose mode and model, and says what is chosen", async () => {
  const editor = await editors.open(script)
  const { sessionId, modes, configOptions } = await editor.agent.request("session/new", {
    cwd: editor.folder,
    mcpServers: []
  })
  expect(modes).toMatchObject({
    currentModeId: "ask",
    availableModes: [{ id: "plan" }, { id: "ask" }, { id: "edits" }, { id: "auto" }]
  })
  expect(configOptions).toMatchObject([
    { id: "mode", category: "mode", currentValue: "ask" },
    {
      id: "model",
      category: "model",
      currentValue: "scripted/own",
      options: [{ value: "scripted/own" }, { value: "played/other" }]
    }
  ])
  await editor.agent.request("session/set_mode", { sessionId, modeId: "edits" })
  await vi.waitFor(() => expect(editor.updates("current_mode_update")).toMatchObject([{ currentModeId: "edits" }]))
  expect(
    await editor.agent.request("session/set_config_option", { sessionId, configId: "mode", value: "auto" })
  ).toMatchObject({ configOptions: [{ id: "mode", currentValue: "auto" }, { id: "model" }] })
  await vi.waitFor(() => expect(editor.updates("config_option_update")).toHaveLength(2))
  for (const [configId, value] of [
    ["mode", "yolo"],
    ["taste", "sweet"],
    ["model", "no-such-provider/x"]
  ] as const)
    await expect(
      editor.agent.request("session/set_config_option", { sessionId, configId, value })
    ).rejects.toMatchObject({ code: -32_602 })
  await expect(editor.agent.request("session/set_mode", { sessionId, modeId: "" })).rejects.toMatchObject({
    code: -32_602
  })
})

test("offers commands, and does them without asking the model", async () => {
  const editor = await editors.open(script)
  const session = await editor.open()
  await vi.waitFor(() =>
    expect(editor.updates("available_commands_update").at(-1)?.availableCommands).toEqual(
      expect.arrayContaining([
        { name: "compact", description: expect.any(String), input: { hint: "[focus]" } },
        { name: "cost", description: expect.any(String) }
      ])
    )
  )
  await editor.say(session, "hello")
  editor.notifications.length = 0
  expect(await editor.say(session, "/tools")).toBe("end_turn")
  expect(editor.words()).toContain("`read_file`")
  expect(await editor.say(session, "/fork here")).toBe("end_turn")
  expect(editor.words()).toContain("/switch here")
  expect(await editor.say(session, "/cost")).toBe("end_turn")
  expect(editor.words()).toContain("scripted/own")
  expect(await editor.say(session, "/tree")).toBe("end_turn")
  expect(editor.words()).toContain("you are here")
  expect(await editor.say(session, "/compact")).toBe("end_turn")
  expect(await editor.say(session, "/switch here")).toBe("end_turn")
  expect(await editor.say(session, "/etc/hosts is a file")).toBe("end_turn")
  expect(editor.words()).toContain("You said: /etc/hosts is a file")
})

test("offers commands of plugins: runs some, hands others to the agent as they were typed, each once", async () => {
  const offering = makeOffering()
  const editor = await editors.open(script, { runtime: { plugins: [offering.plugin] } })
  const session = await editor.open()
  await vi.waitFor(() =>
    expect(editor.updates("available_commands_update").at(-1)?.availableCommands).toEqual(
      expect.arrayContaining([
        { name: "facts", description: "Shows facts.", input: { hint: "[topic]" } },
        { name: "review", description: "Stands for more.", input: { hint: "[path]" } }
      ])
    )
  )
  expect(await editor.say(session, "/facts of life")).toBe("end_turn")
  expect(editor.words()).toBe("**facts** of of life")
  expect(await editor.say(session, "/review src")).toBe("end_turn")
  expect(editor.words()).toContain("You said: /review src")
  expect(await editor.say(session, "/hail Ann")).toBe("end_turn")
  expect(editor.words()).toContain("You said: Hail Ann!")
  expect(offering.ran).toEqual(["facts of life", "hail Ann"])
})

test("keeps the sessions of other users to themselves", async () => {
  const editor = await editors.open(script)
  await mkdir(join(editor.folder, "sub"))
  const session = await editor.open()
  const [runtime] = editor.acp.places.runtimes()
  const theirs = await runtime?.open({ owner: "key:ann" })
  await theirs?.ask("secret")
  const listed = await editor.agent.request("session/list", {})
  expect(listed.sessions).toEqual([])
  await expect(
    editor.agent.request("session/load", { sessionId: theirs?.id ?? "", cwd: editor.folder, mcpServers: [] })
  ).rejects.toMatchObject({ code: -32_002 })
  await expect(
    editor.agent.request("session/load", { sessionId: session.slice(0, 4), cwd: editor.folder, mcpServers: [] })
  ).rejects.toMatchObject({ code: -32_002 })
})
