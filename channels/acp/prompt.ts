/** What an editor sends as a prompt, as the agent hears it. */
import { fileURLToPath } from "node:url"
import { basename } from "node:path"
import type { ContentBlock } from "@agentclientprotocol/sdk"
import type { Session } from "../../actors/session-host.ts"
import type { Content } from "../attachments.ts"
import { contentWithFiles, type GivenFile } from "../given-files.ts"
import { refused } from "./errors.ts"
import { fenced } from "./tool-calls.ts"

/** Characters of an embedded text that stands in the message; a longer one is a file that tools can read. */
const longestEmbedded = 100_000

interface Heard {
  readonly text: string
  readonly file?: GivenFile
}

/** @throws RequestError (as a rejection) for what cannot be heard: then nothing is said. */
export const contentOf = async (
  session: Pick<Session, "files">,
  blocks: ReadonlyArray<ContentBlock>
): Promise<Content> => {
  const heard = blocks.map(hear)
  const files = heard.flatMap(({ file }) => (file === undefined ? [] : [file]))
  const text = heard
    .map((one) => one.text)
    .filter((one) => one !== "")
    .join("\n")
  const content = await contentWithFiles(session, text, files)
  if (content.length === 0) throw refused("the prompt is empty: send a text, an image or a resource")
  return content
}

/** The text alone: what may be a command. */
export const textIn = (blocks: ReadonlyArray<ContentBlock>): string | undefined => {
  const [first, ...others] = blocks
  return first?.type === "text" && others.length === 0 ? first.text : undefined
}

const hear = (block: ContentBlock, at: number): Heard => {
  switch (block.type) {
    case "text":
      return { text: block.text }
    case "image":
      return { text: "", file: given(nameOf(block.uri ?? undefined) ?? `image ${at + 1}`, block.mimeType, block.data) }
    case "resource_link":
      return { text: `[Mentioned by the user: ${placeOf(block.uri)}${block.title ? ` (${block.title})` : ""}]` }
    case "resource":
      return embedded(block.resource, at)
    default:
      throw refused(`this agent does not take ${block.type}: it takes text, images and resources`)
  }
}

const embedded = (resource: Extract<ContentBlock, { type: "resource" }>["resource"], at: number): Heard => {
  const place = placeOf(resource.uri)
  const name = nameOf(resource.uri) ?? `resource ${at + 1}`
  const mime = resource.mimeType ?? "application/octet-stream"
  if ("blob" in resource) return { text: `[From the user: ${place}]`, file: given(name, mime, resource.blob) }
  const { text } = resource
  if (text.length > longestEmbedded)
    return { text: `[From the user: ${place}]`, file: { name, mime, bytes: Buffer.from(text) } }
  return { text: `[From the user: ${place}]\n${fenced(text)}` }
}

const given = (name: string, mime: string, base64: string): GivenFile => ({
  name,
  mime,
  bytes: Buffer.from(base64, "base64")
})

/** A file by its path, with the lines that are meant; anything else as it is. */
const placeOf = (uri: string): string => {
  try {
    const { protocol, hash } = new URL(uri)
    return protocol === "file:" ? `${fileURLToPath(uri)}${hash}` : uri
  } catch {
    return uri
  }
}

const nameOf = (uri: string | undefined): string | undefined =>
  uri === undefined ? undefined : basename(placeOf(uri).replace(/[?#].*$/, "")) || undefined
