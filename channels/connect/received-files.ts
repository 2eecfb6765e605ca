/** Files that the agent sent over a connection: each comes right before the event that tells of it. */
import { FilesError, sentIn, type SessionFiles } from "../../actors/session-files.ts"
import type { Answer } from "../../plugins/tool.ts"
import type { OutFrame } from "../wire/frames.ts"

export interface ReceivedFiles {
  readonly came: (file: Extract<OutFrame, { type: "file" }>) => void
  readonly settled: (answer: Answer) => void
  readonly port: SessionFiles
}

interface Received {
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array
}

/** Bytes that are kept for whoever asks; the oldest go. */
const most = 64 * 1024 * 1024

export const receivedFiles = (): ReceivedFiles => {
  const kept = new Map<string, Received>()
  let newest: Received | undefined
  const keep = (id: string, file: Received): void => {
    kept.set(id, file)
    let sum = [...kept.values()].reduce((all, { bytes }) => all + bytes.length, 0)
    for (const [old, { bytes }] of kept) {
      if (sum <= most || old === id) return
      kept.delete(old)
      sum -= bytes.length
    }
  }
  return {
    came: ({ name, mime, data }) => {
      newest = { name, mime, bytes: Buffer.from(data, "base64") }
    },
    settled: (answer) => {
      const sent = sentIn(answer)
      if (sent !== undefined && newest !== undefined) keep(sent.id, newest)
      newest = undefined
    },
    port: {
      put: () =>
        Promise.reject(new FilesError("unavailable", "Over a connection files go along with a message; pictures do.")),
      get: async (id) => {
        const file = kept.get(id)
        if (file === undefined)
          throw new FilesError(
            "not_found",
            "No such file came since this terminal is connected, or it was too long ago."
          )
        return file
      }
    }
  }
}
