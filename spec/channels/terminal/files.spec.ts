import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it, onTestFinished, vi } from "vitest"
import { suggest } from "../../../channels/terminal/screen/completion.ts"
import { noExtras } from "../../../channels/terminal/screen/extras.ts"
import { empty, type Editor } from "../../../channels/terminal/screen/editor.ts"
import { editText } from "../../../channels/terminal/external-editor.ts"
import { listFiles } from "../../../channels/terminal/files.ts"

const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "kintsugi-files-"))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

it("lists what git does not ignore, shallow files first, hidden ones but not git's own", async () => {
  const root = await folder()
  for (const path of ["src/deep", ".git", ".github", "dist"]) await mkdir(join(root, path), { recursive: true })
  for (const path of [
    "src/deep/a.ts",
    "src/b.ts",
    "z.md",
    ".github/ci.yaml",
    ".git/HEAD",
    "dist/out.js",
    "日本 語.txt"
  ])
    await writeFile(join(root, path), "")
  await writeFile(join(root, ".gitignore"), "dist\n")
  expect(await listFiles(root)).toEqual([
    ".gitignore",
    "z.md",
    "日本 語.txt",
    ".github/ci.yaml",
    "src/b.ts",
    "src/deep/a.ts"
  ])
})

it("offers nothing for a folder that is not there", async () => {
  expect(await listFiles(join(await folder(), "gone"))).toEqual([])
})

it("finds files by some of their letters", () => {
  const at = (text: string): Editor => ({ ...empty, text, cursor: text.length })
  const files = ["README.md", "channels/terminal/editor.ts", "channels/terminal/text.ts", "actors/journal.ts"]
  expect(suggest(at("look at @edit"), { files, extras: noExtras })?.items[0]?.label).toBe("channels/terminal/editor.ts")
  expect(suggest(at("@"), { files, extras: noExtras })?.items).toHaveLength(4)
  expect(suggest(at("@zzzz"), { files, extras: noExtras })).toBeUndefined()
  expect(suggest(at("mail me@journal"), { files, extras: noExtras })).toBeUndefined()
  const commands = [{ plugin: "skills", name: "要約", description: "", argument: "", said: true as const }]
  expect(suggest(at("/要"), { files, extras: { ...noExtras, commands } })?.items[0]?.text).toBe("/要約 ")
})

it("writes a message in the editor of the user, and keeps the old one when that fails", async () => {
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv("VISUAL", "").stubEnv("EDITOR", "sed -i s/teh/the/")
  expect(await editText("teh message\nof two lines")).toBe("the message\nof two lines")
  vi.stubEnv("EDITOR", "false")
  await expect(editText("text")).rejects.toThrow("the message is as it was")
})
