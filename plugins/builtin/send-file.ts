/** Handing a file to the user, where the channel can take one. */
import { basename } from "node:path"
import * as z from "zod"
import { definePlugin, type Plugin } from "../plugin.ts"
import { defineTool, refuse, type SentFile } from "../tool.ts"
import { notThere } from "./missing.ts"

/** Keeps a copy of what is sent. Rejects with a reason for people when it cannot. */
export type Keep = (name: string, bytes: Uint8Array) => Promise<SentFile>

/** Bytes of the largest file that is sent. */
export const largestSent = 10 * 1024 * 1024

/** Offered only in sessions whose user can take files; nobody else pays for its description. */
export const sendFileTool = "send_file"

/** @param keeperOf Of a session; absent where nobody can take files. */
export const sendFilePlugin = (keeperOf: (session: string) => Keep | undefined): Plugin =>
  definePlugin({ name: "send-file", tools: [sendFile(keeperOf)] })

const sendFile = (keeperOf: (session: string) => Keep | undefined) =>
  defineTool({
    name: sendFileTool,
    description: "Send a file to the user as a download, as it is now; at most 10 MiB.",
    risk: "read",
    input: z.object({ path: z.string(), name: z.string().max(200).optional().describe("Shown instead of its own") }),
    preview: async ({ path }, { files }) => ({
      paths: [await files.resolve(path)],
      summary: `send ${path} to the user`
    }),
    execute: async ({ path, name }, { files, session }) => {
      const keep = keeperOf(session)
      if (keep === undefined) {
        const advice = "say where it lies instead"
        return refuse("missing_dependency", `whoever is connected cannot take files; ${advice}`)
      }
      const info = await files.stat(path)
      if (info === undefined) return notThere(path, files)
      const shown = files.display(path)
      if (info.kind === "folder")
        return refuse("invalid_arguments", `${shown} is a folder: pack it into an archive first`)
      if (info.size > largestSent) return tooLarge(shown, info.size)
      const bytes = await files.read(path)
      try {
        const sent = await keep(name ?? basename(await files.resolve(path)), bytes)
        const summary = `sent ${shown} to the user (${sent.name}, ${sent.mime}, ${sent.size} bytes)`
        return { success: true, data: summary, summary, sent }
      } catch (error) {
        return refuse("execution_error", error instanceof Error ? error.message : String(error))
      }
    }
  })

const tooLarge = (shown: string, size: number) =>
  refuse(
    "invalid_arguments",
    `${shown} has ${(size / 1024 / 1024).toFixed(1)} MiB, and at most 10 MiB can be sent: compress it, send a part, or say where it lies`
  )
