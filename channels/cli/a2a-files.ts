/** Files of a command line that go to a peer and come from it. */
import { readFile } from "node:fs/promises"
import { basename, resolve } from "node:path"
import type { Part } from "@a2a-js/sdk"
import { filePart, textPart } from "../../plugins/a2a/parts.ts"
import { type Peer, usualTimes } from "../../plugins/a2a/peer.ts"
import { save, type Saved } from "../../plugins/a2a/save.ts"
import type { TaskView } from "../../plugins/a2a/task-view.ts"
import { mimeOf } from "../../plugins/builtin/mime.ts"
import { files } from "../../plugins/ports/files.ts"
import { CliError, type Io } from "./io.ts"
import { printable } from "./printable.ts"

/** Milliseconds for all that lies at the peer and has to be fetched. */
const fetching = usualTimes.look * 3

export const messageParts = async (
  io: Io,
  text: string,
  paths: ReadonlyArray<string>
): Promise<ReadonlyArray<Part>> => {
  const read = paths.map(async (path) => {
    const bytes = await readFile(resolve(io.cwd, path)).catch((error: unknown) => {
      throw new CliError(2, `${path} cannot be sent: ${error instanceof Error ? error.message : String(error)}`)
    })
    const name = basename(path)
    return filePart({ name, mime: mimeOf(name, bytes), bytes })
  })
  return [textPart(text), ...(await Promise.all(read))]
}

/** The user names the folder; the peer names no more than the last part of a path. */
export const saveInto = async (io: Io, peer: Peer, view: TaskView, folder: string): Promise<Saved> => {
  const port = files({ cwd: io.cwd, allowed: ["/"], blocked: [] })
  const signal = new AbortController().signal
  const saved = await save(peer, view, folder, { files: port, fetch, signal, within: fetching })
  for (const path of saved.saved) io.stderr.write(`wrote ${printable(path)}\n`)
  for (const left of saved.left) io.stderr.write(`not written: ${printable(left)}\n`)
  return saved
}
