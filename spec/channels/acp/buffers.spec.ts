/** The editor's file system: unsaved text is read, writes go through buffers, and our own confinement stands before both. */
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, test } from "vitest"
import { makeEditors } from "./editor.ts"

const editors = makeEditors()
const capabilities = { fs: { readTextFile: true, writeTextFile: true } }

const call = (tool: string, input: Record<string, unknown>) => ({
  rules: [{ when: ".", turns: [{ calls: [{ tool, input }] }, { text: "done" }] }]
})

const answerOf = ({ updates }: Awaited<ReturnType<typeof editors.open>>): string =>
  JSON.stringify(updates("tool_call_update").at(-1))

test("reads what the editor has not saved", async () => {
  const buffers = new Map<string, string>()
  const editor = await editors.open(call("read_file", { path: "a.txt" }), { capabilities, buffers })
  const path = join(editor.folder, "a.txt")
  await writeFile(path, "saved\n")
  buffers.set(path, "unsaved\n")
  await editor.say(await editor.open(), "read it")
  expect(answerOf(editor)).toContain("unsaved")
})

test("falls back to the disk where the editor refuses, and leaves what is no text alone", async () => {
  const buffers = new Map<string, string>()
  const editor = await editors.open(call("read_file", { path: "a.txt" }), { capabilities, buffers })
  await writeFile(join(editor.folder, "a.txt"), "saved\n")
  await editor.say(await editor.open(), "read it")
  expect(answerOf(editor)).toContain("saved")
})

test("edits what stands in the buffer, shows that change, and has it on disk although the editor did not save", async () => {
  const buffers = new Map<string, string>()
  const editor = await editors.open(call("edit_file", { path: "a.txt", old_string: "new", new_string: "newer" }), {
    capabilities,
    buffers,
    permit: () => "allow_once"
  })
  const path = join(editor.folder, "a.txt")
  await writeFile(path, "old\r\nend\r\n")
  buffers.set(path, "new\nend\n")
  await editor.say(await editor.open(), "edit it")
  const diff = { type: "diff", path, oldText: "new\nend\n", newText: "newer\nend\n" }
  expect(editor.asked[0]?.toolCall.content).toMatchObject([diff])
  expect(editor.updates("tool_call_update").at(-1)?.content).toMatchObject([diff])
  expect(buffers.get(path)).toBe("newer\nend\n")
  expect(await readFile(path, "utf8")).toBe("newer\r\nend\r\n")
})

test.each([
  ["a blocked path", "closed/key.txt"],
  ["a link that leads out", "out.txt"],
  ["a folder beside this one", "../beside.txt"]
])("never asks the editor for %s", async (_, path) => {
  const buffers = new Map<string, string>()
  const elsewhere = await editors.folder()
  const editor = await editors.open(call("read_file", { path }), {
    capabilities,
    buffers,
    permit: () => "allow_once",
    runtime: { settings: { tools: { blocked_paths: ["closed"] } } }
  })
  const { folder } = editor
  await mkdir(join(folder, "closed"))
  await writeFile(join(folder, "closed/key.txt"), "x")
  await writeFile(join(elsewhere, "secret.txt"), "x")
  await symlink(join(elsewhere, "secret.txt"), join(folder, "out.txt"))
  for (const one of [join(folder, path), join(elsewhere, "secret.txt")]) buffers.set(one, "unsaved secret")
  await editor.say(await editor.open(), "read it")
  expect(answerOf(editor)).toContain("permission_denied")
  expect(editor.lines.join()).not.toContain("fs/")
})

test("reads files of other folders, where they are allowed, from the disk", async () => {
  const elsewhere = await editors.folder()
  const path = join(elsewhere, "a.txt")
  await writeFile(path, "saved\n")
  const editor = await editors.open(call("read_file", { path }), {
    capabilities,
    buffers: new Map([[path, "unsaved\n"]]),
    runtime: { settings: { tools: { allowed_paths: ["./", elsewhere] } } }
  })
  await editor.say(await editor.open(), "read it")
  expect(answerOf(editor)).toContain("saved")
  expect(editor.lines.join()).not.toContain("fs/")
})

test("calls files as the editor does where its folder is a link", async () => {
  const buffers = new Map<string, string>()
  const editor = await editors.open(call("read_file", { path: "a.txt" }), { capabilities, buffers })
  const link = join(await editors.folder(), "link")
  await symlink(editor.folder, link)
  await writeFile(join(editor.folder, "a.txt"), "saved\n")
  buffers.set(join(link, "a.txt"), "unsaved\n")
  const { sessionId } = await editor.agent.request("session/new", { cwd: link, mcpServers: [] })
  await editor.say(sessionId, "read it")
  expect(answerOf(editor)).toContain("unsaved")
})

test("gives subagents the same buffers", async () => {
  const buffers = new Map<string, string>()
  const editor = await editors.open(
    {
      rules: [
        {
          when: "delegate",
          turns: [{ calls: [{ tool: "task", input: { description: "d", prompt: "look" } }] }, { text: "x" }]
        },
        { when: "look", turns: [{ calls: [{ tool: "read_file", input: { path: "a.txt" } }] }, { text: "ok" }] }
      ]
    },
    { capabilities, buffers }
  )
  await writeFile(join(editor.folder, "a.txt"), "saved\n")
  buffers.set(join(editor.folder, "a.txt"), "unsaved\n")
  await editor.say(await editor.open(), "delegate")
  expect(editor.lines.filter((line) => line.includes("fs/read_text_file"))).toHaveLength(1)
})
