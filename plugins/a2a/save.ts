/** What a peer has made, written into the working folder: under names of our making, over nothing that is there. */
import { tellable } from "./failure.ts"
import { guardedFetch } from "./guarded-fetch.ts"
import { within } from "./origin.ts"
import { largestAnswer, type Peer, PeerError } from "./peer.ts"
import { type Files, PortError } from "../ports.ts"
import { fileName, withNumber } from "../ports/file-name.ts"
import { asFiles, type Keepable } from "./told.ts"
import type { TaskView } from "./task-view.ts"
import { line } from "./words.ts"

export interface Saved {
  /** Paths, as they are shown. */
  readonly saved: ReadonlyArray<string>
  /** What could not be, and why. */
  readonly left: ReadonlyArray<string>
}

export interface SaveParts {
  readonly files: Files
  readonly fetch: typeof fetch
  readonly signal: AbortSignal
  /** Milliseconds for all that has to be fetched. */
  readonly within: number
}

/** Files of one task. */
const most = 100

/** What cannot be written is told, and takes nothing else with it. */
export const save = async (peer: Peer, view: TaskView, folder: string, parts: SaveParts): Promise<Saved> => {
  const { files } = parts
  const all = asFiles(view)
  const signal = AbortSignal.any([parts.signal, AbortSignal.timeout(parts.within)])
  const saved: Array<string> = []
  const left = all.length > most ? [`${all.length - most} more: at most ${most} are written`] : []
  for (const one of all.slice(0, most)) {
    try {
      const bytes = "bytes" in one ? one.bytes : await fetched(peer, one.url, { ...parts, signal })
      const path = await free(files, folder, fileName(one.name))
      await files.write(path, bytes)
      saved.push(files.display(path))
    } catch (error) {
      if (!(error instanceof PeerError || error instanceof PortError)) throw error
      left.push(`${nameOf(one)}: ${error.message}`)
    }
  }
  return { saved, left }
}

const nameOf = (one: Keepable): string => line(one.name, 200) || ("url" in one ? line(one.url, 200) : "a file")

const free = async (files: Files, folder: string, name: string): Promise<string> => {
  for (let nth = 1; ; nth++) {
    const path = await files.resolve(`${folder}/${withNumber(name, nth)}`)
    if ((await files.stat(path)) === undefined) return path
  }
}

/** Only from the peer itself, which is shown its token. */
const fetched = async (
  peer: Peer,
  address: string,
  { fetch, signal }: Pick<SaveParts, "fetch" | "signal">
): Promise<Uint8Array> => {
  if (within(peer, address) === undefined)
    throw new PeerError("elsewhere", `it lies at ${line(address, 200)}, which is not the peer's, so it was not fetched`)
  try {
    const response = await guardedFetch(peer, { fetch, most: largestAnswer })(address, { signal })
    if (!response.ok) throw new PeerError("protocol", `it could not be fetched (HTTP ${response.status})`)
    return new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    if (signal.aborted) throw new PeerError("timeout", "it could not be fetched in time", { cause: error })
    throw tellable(peer, error)
  }
}
