/** Files through an editor that keeps no line ends and no marks of its own, that saves or does not, and that refuses. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterAll, beforeAll, expect, test } from "vitest"
import { files } from "../../../plugins/ports/files.ts"
import type { TextBuffers } from "../../../plugins/ports/text-buffers.ts"

let folder = ""
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kintsugi-buffers-"))
})
afterAll(() => rm(folder, { recursive: true }))

interface Kind {
  /** It shows text as most editors hold it: `\n`, no byte order mark. */
  readonly isPlain: boolean
  readonly saves: boolean
}

/** Saves as it found the file. */
const editorOf = ({ isPlain, saves }: Kind): TextBuffers & { readonly asked: Array<string> } => {
  const asked: Array<string> = []
  return {
    asked,
    read: async (path) => {
      asked.push(`read ${path}`)
      const text = await readFile(path, "utf8")
      return isPlain ? text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n") : text
    },
    write: async (path, text) => {
      asked.push(`write ${path}`)
      if (!saves) return true
      const before = await readFile(path, "utf8").catch(() => "")
      const isWide = before.includes("\r\n")
      const mark = before.startsWith("\uFEFF") ? "\uFEFF" : ""
      await writeFile(path, isPlain ? mark + (isWide ? text.replaceAll("\n", "\r\n") : text) : text)
      return true
    }
  }
}

const port = (editor?: TextBuffers) => files({ cwd: folder, allowed: ["./"], blocked: [], editor })

const texts = fc.record({
  lines: fc.array(fc.stringMatching(/^[a-zäß€ ]{0,6}$/), { maxLength: 6 }),
  end: fc.constantFrom("\n", "\r\n"),
  mark: fc.constantFrom("", "\uFEFF")
})
const kinds = fc.record({ isPlain: fc.boolean(), saves: fc.boolean() })

test("an editor changes nothing of what a file is: what is read and written is what the disk alone would give", () =>
  fc.assert(
    fc.asyncProperty(texts, texts, kinds, async (old, next, kind) => {
      const path = join(folder, "a.txt")
      const before = old.mark + old.lines.join(old.end)
      // A tool writes the ends of lines and the mark that it has read.
      const after = old.mark + next.lines.join(old.end)
      await writeFile(path, before)
      const through = port(editorOf(kind))
      expect(Buffer.from(await through.read("a.txt")).toString()).toBe(before)
      await through.write("a.txt", after)
      expect(await readFile(path, "utf8")).toBe(after)
      expect(Buffer.from(await through.read("a.txt")).toString()).toBe(after)
    }),
    { numRuns: 60 }
  ))

test("what the editor has formatted as it saved stays so", async () => {
  const path = join(folder, "b.ts")
  await writeFile(path, "a\n")
  const write = async (at: string): Promise<boolean> => {
    await writeFile(at, "formatted\n")
    return true
  }
  await port({ write }).write("b.ts", "b\n")
  expect(await readFile(path, "utf8")).toBe("formatted\n")
})

test("an editor that saves other ends of lines does not change those of the file", async () => {
  const path = join(folder, "f.txt")
  await writeFile(path, "a\r\nb\r\n")
  const write = async (at: string, text: string): Promise<boolean> => {
    await writeFile(at, text.replaceAll("\r\n", "\n"))
    return true
  }
  await port({ write }).write("f.txt", "a\r\nc\r\n")
  expect(await readFile(path, "utf8")).toBe("a\r\nc\r\n")
})

test.each<readonly [string, TextBuffers]>([
  ["refuses", { read: async () => undefined, write: async () => false }],
  ["only reads", { read: async () => "unsaved\n" }],
  ["says yes and does nothing", { write: async () => true }]
])("the disk is written where the editor %s", async (_, editor) => {
  await port(editor).write("c.txt", "text\n")
  expect(await readFile(join(folder, "c.txt"), "utf8")).toBe("text\n")
})

test("what is no text, and what may not be written, never gets to the editor", async () => {
  const editor = editorOf({ isPlain: true, saves: true })
  await writeFile(join(folder, "d.bin"), Buffer.from([0, 1, 2, 255]))
  expect([...(await port(editor).read("d.bin"))]).toEqual([0, 1, 2, 255])
  await port(editor).write("d.bin", "text")
  expect(await readFile(join(folder, "d.bin"), "utf8")).toBe("text")
  expect(editor.asked).toEqual([])
  await expect(port(editor).write("../elsewhere.txt", "x")).rejects.toThrow("outside the allowed folders")
  await expect(port(editor).read("../elsewhere.txt")).rejects.toThrow("outside the allowed folders")
  expect(editor.asked).toEqual([])
})

test("what the disk refuses never gets to the editor", async () => {
  const editor = editorOf({ isPlain: true, saves: true })
  await writeFile(join(folder, "e.txt"), "x")
  await expect(port(editor).write("e.txt/below.txt", "y")).rejects.toThrow("e.txt")
  expect(editor.asked).toEqual([])
})
