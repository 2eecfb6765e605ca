/** Reading, writing and editing files. */
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import type { Files } from "../ports.ts"
import { type Answer, defineTool, refuse, type Tool } from "../tool.ts"
import { describeChange } from "./change.ts"
import { type Content, contentOf } from "./content.ts"
import { editFile } from "./edit.ts"
import { notThere } from "./missing.ts"
import { oneAtATime } from "./one-at-a-time.ts"
import { mostLines, pageOf } from "./page.ts"

/** Bytes of the largest image: as Base64 it must stay under the 5 MB that providers take. */
const largestImage = 3_700_000

const readFile: Tool = defineTool({
  name: "read_file",
  description: `Read a text file, its lines numbered, at most ${mostLines}; or see an image.`,
  risk: "read",
  input: z.object({
    path: z.string(),
    offset: z.int().min(1).optional().describe("First line, from 1"),
    limit: z.int().min(1).optional().describe("Lines")
  }),
  preview: async ({ path }, { files }) => ({ paths: [await files.resolve(path)] }),
  execute: async ({ path, offset = 1, limit = mostLines }, { files }) => {
    const info = await files.stat(path)
    if (info === undefined) return notThere(path, files)
    const shown = files.display(path)
    if (info.kind === "folder") return refuse("invalid_arguments", `${shown} is a folder: use list_files`)
    const bytes = await files.read(path)
    const content = contentOf(bytes)
    if (content.kind === "text") return showText(content, shown, offset, Math.min(limit, mostLines))
    if (content.kind === "image") return showImage(bytes, content.mime, shown)
    const size = `${shown} is ${content.what} (${bytes.length} bytes), not text`
    return refuse("invalid_arguments", `${size}; look into it with a command that knows the format`)
  }
})

const showText = (
  content: Extract<Content, { kind: "text" }>,
  shown: string,
  offset: number,
  limit: number
): Answer => {
  const { text, first, last, total } = pageOf(content.text, offset, limit)
  if (first > Math.max(total, 1)) {
    return refuse("invalid_arguments", `${shown} has ${total} lines: it ends before line ${offset}`)
  }
  const notes = [
    total === 0 ? "empty file" : "",
    content.encoding === "utf-8" ? "" : `${content.encoding} text`,
    content.text.includes("\r\n") ? "CRLF line ends" : "",
    last < total ? `lines ${first} to ${last} of ${total}; go on with offset ${last + 1}` : ""
  ].filter((note) => note !== "")
  const range = first === 1 && last === total ? `${total} lines` : `lines ${first} to ${last} of ${total}`
  return {
    success: true,
    data: notes.length === 0 ? text : `${text}[${notes.join("; ")}]`,
    summary: `read ${shown} (${range})`
  }
}

const showImage = (bytes: Uint8Array, mime: string, shown: string): Answer => {
  const size = `${shown}: ${mime}, ${bytes.length} bytes`
  if (bytes.length > largestImage) {
    return refuse(
      "invalid_arguments",
      `${size}: too large to be shown, at most ${largestImage}; make a smaller copy with a command`
    )
  }
  return {
    success: true,
    data: size,
    summary: `read ${size}`,
    images: [{ mime, data: Buffer.from(bytes).toString("base64") }]
  }
}

const writeFile: Tool = defineTool({
  name: "write_file",
  description: "Write a whole file, new or over the old one. Folders are made.",
  risk: "write",
  input: z.object({ path: z.string(), content: z.string() }),
  preview: async ({ path, content }, { files }) => {
    const paths = [await files.resolve(path)]
    const { diff, summary } = await describeChange(files.display(path), (await old(path, files))?.text, content)
    return diff === undefined ? { paths, summary } : { paths, diff }
  },
  execute: async ({ path, content }, { files }) =>
    oneAtATime(await files.resolve(path), async () => {
      const before = await old(path, files)
      const { diff, summary } = await describeChange(files.display(path), before?.text, content)
      // A model does not see a byte order mark; programs that want one would miss it.
      await files.write(path, before?.bom === true && !content.startsWith(mark) ? mark + content : content)
      return { success: true, data: summary, summary, diff }
    })
})

const mark = "\uFEFF"

/** @returns `undefined` when there is none. What is no text counts as empty: its diff would be of no use. */
const old = async (
  path: string,
  files: Files
): Promise<{ readonly text: string; readonly bom: boolean } | undefined> => {
  const info = await files.stat(path)
  if (info === undefined) return undefined
  const content = contentOf(await files.read(path))
  return content.kind === "text" && content.encoding === "utf-8" ? content : { text: "", bom: false }
}

export const filesPlugin: Plugin = definePlugin({ name: "files", tools: [readFile, writeFile, editFile] })
