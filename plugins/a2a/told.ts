/** What has come of a message to a peer, for models and for programs: bounded, and in JSON, which no text can break out of. */
import { dataText, type GivenFile, type Piece, wordsOf } from "./parts.ts"
import type { Artifact, TaskState, TaskView } from "./task-view.ts"
import { cut, plain } from "./words.ts"

/** Characters of the peer's words in all, of one name; artifacts that are listed. */
export interface Most {
  readonly words: number
  readonly name: number
  readonly artifacts: number
}

/** Characters. */
const mostOfAddress = 2000

export const forModels: Most = { words: 20_000, name: 200, artifacts: 50 }

/** A file of the peer's, without its content. */
export interface ToldFile {
  readonly name?: string
  readonly type?: string
  /** Bytes; absent: it lies elsewhere. */
  readonly size?: number
  /** Where it lies. */
  readonly url?: string
}

export interface ToldArtifact {
  readonly name?: string
  readonly description?: string
  readonly text?: string
  readonly files?: ReadonlyArray<ToldFile>
}

export interface Told {
  readonly peer: string
  readonly state: TaskState
  readonly task_id?: string
  readonly context_id?: string
  /** What the peer says itself, beside what it made. */
  readonly reply?: string
  readonly artifacts?: ReadonlyArray<ToldArtifact>
  /** How many more artifacts there are. */
  readonly more_artifacts?: number
}

export const told = (peer: string, view: TaskView, most: Most = forModels): Told => {
  const fits = budget(most.words)
  const reply = fits(wordsOf(view.said))
  const files = toldFiles(view.said, most)
  const made = view.artifacts.slice(0, most.artifacts).map((one) => toldArtifact(one, most, fits))
  const artifacts = files.length === 0 ? made : [{ files }, ...made]
  const more = view.artifacts.length - made.length
  return {
    peer,
    state: view.state,
    ...(view.taskId !== undefined && { task_id: view.taskId }),
    ...(view.contextId !== undefined && { context_id: view.contextId }),
    ...(reply !== "" && { reply }),
    ...(artifacts.length > 0 && { artifacts }),
    ...(more > 0 && { more_artifacts: more })
  }
}

type Fits = (text: string) => string

/** Cuts each text to what the ones before it have left. */
const budget = (most: number): Fits => {
  let left = most
  return (text) => {
    const most = Math.max(left, 0)
    left -= text.length
    return cut(plain(text), most)
  }
}

const toldArtifact = (artifact: Artifact, most: Most, fits: Fits): ToldArtifact => {
  const name = cut(plain(artifact.name), most.name)
  const description = cut(plain(artifact.description), most.name)
  const text = fits(wordsOf(artifact.pieces))
  const files = toldFiles(artifact.pieces, most)
  return {
    ...(name !== "" && { name }),
    ...(description !== "" && { description }),
    ...(text !== "" && { text }),
    ...(files.length > 0 && { files })
  }
}

const toldFiles = (pieces: ReadonlyArray<Piece>, most: Most): ReadonlyArray<ToldFile> =>
  pieces.flatMap((one) => {
    if (one.type !== "file" && one.type !== "link") return []
    const name = cut(plain(one.name), most.name)
    const type = cut(plain(one.mime), most.name)
    const place = one.type === "file" ? { size: one.bytes.byteLength } : { url: cut(plain(one.url), mostOfAddress) }
    return { ...(name !== "" && { name }), ...(type !== "" && { type }), ...place }
  })

/** A file that can be kept, or where it can be had. */
export type Keepable = GivenFile | { readonly name: string; readonly mime: string; readonly url: string }

/** What a peer has made, as files: what are files, and texts under the name of their artifact. */
export const asFiles = ({ said, artifacts }: TaskView): ReadonlyArray<Keepable> => [
  ...said.flatMap((one) => (one.type === "file" || one.type === "link" ? one : [])),
  ...artifacts.flatMap(({ name, pieces }, at) => pieces.map((one) => asFile(one, name || `artifact-${at + 1}`)))
]

const asFile = (piece: Piece, artifact: string): Keepable => {
  const name = piece.name || artifact
  if (piece.type === "file" || piece.type === "link") return { ...piece, name }
  const isText = piece.type === "text"
  const text = isText ? piece.text : dataText(piece.data)
  const ending = /\.[\p{L}\p{N}]{1,12}$/u.test(name) ? "" : isText ? ".txt" : ".json"
  return {
    name: `${name}${ending}`,
    mime: isText ? "text/plain" : "application/json",
    bytes: Buffer.from(text, "utf8")
  }
}
