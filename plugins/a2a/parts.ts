/** Parts of messages and artifacts, between the form of the SDK and ours. Nothing in what comes is relied on. */
import type { Part } from "@a2a-js/sdk"
import { without } from "./words.ts"

/** A file, or what was taken for one. */
export interface GivenFile {
  /** As the peer calls it; empty: it does not. Never a path to write to. */
  readonly name: string
  /** As the peer calls it; empty: it does not. */
  readonly mime: string
  readonly bytes: Uint8Array
}

export type Piece =
  | { readonly type: "text"; readonly text: string; readonly name: string }
  | { readonly type: "data"; readonly data: unknown; readonly name: string }
  | ({ readonly type: "file" } & GivenFile)
  /** A file that lies elsewhere. Nobody has looked there. */
  | { readonly type: "link"; readonly url: string; readonly name: string; readonly mime: string }

export const textPart = (text: string): Part => part({ $case: "text", value: text }, "", "text/plain")

export const filePart = ({ name, mime, bytes }: GivenFile): Part =>
  part({ $case: "raw", value: Buffer.from(bytes) }, name, mime)

const part = (content: Part["content"], filename: string, mediaType: string): Part => ({
  content,
  filename,
  mediaType,
  metadata: undefined
})

/** @param token Of the peer, which it may have written into its answer. */
export const pieces = (parts: unknown, token?: string): ReadonlyArray<Piece> =>
  Array.isArray(parts) ? parts.flatMap((one: unknown) => piece(one, token) ?? []) : []

const piece = (part: unknown, token: string | undefined): Piece | undefined => {
  const content = field(part, "content")
  const value = field(content, "value")
  const name = textOf(field(part, "filename"))
  const mime = textOf(field(part, "mediaType"))
  switch (field(content, "$case")) {
    case "text":
      return { type: "text", text: without(token, textOf(value)), name }
    case "data":
      return { type: "data", data: hidden(value, token), name }
    case "raw":
      return value instanceof Uint8Array ? { type: "file", bytes: value, name, mime } : undefined
    case "url":
      return { type: "link", url: without(token, textOf(value)), name, mime }
    default:
      return undefined
  }
}

const hidden = (value: unknown, token: string | undefined): unknown =>
  token === undefined || value === undefined ? value : JSON.parse(without(token, JSON.stringify(value)))

export const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

/** What people and models read of it. */
export const wordsOf = (given: ReadonlyArray<Piece>): string =>
  given.flatMap((one) => (one.type === "text" ? one.text : one.type === "data" ? dataText(one.data) : [])).join("\n")

export const dataText = (data: unknown): string => JSON.stringify(data, null, 2) ?? ""
