/** What an MCP tool gave, as an answer: text and data once, images shown, all else named. */
import type { CallToolResult, ReadResourceResult } from "@modelcontextprotocol/client"
import { contentOf } from "../builtin/content.ts"
import type { Answer, AnswerImage } from "../tool.ts"
import type { Checker } from "./schema.ts"
import { sizeOf } from "./size.ts"

type Block = CallToolResult["content"][number]

/** Characters of base64 of one image and of all of one answer, and their number: more is named and left out. */
const largest = { image: 7_000_000, images: 12_000_000 }
const mostImages = 20

/** Of structured content. */
const most = { characters: Infinity, depth: 100 }

/** @param output Of its declared schema; absent: it has none. */
export const answerOf = async (result: CallToolResult, output: Checker | undefined): Promise<Answer> => {
  const { isError } = result
  const content = Array.isArray(result.content) ? result.content : []
  const all = content.flatMap(imageIn)
  const images = fitting(all)
  const shown = { ...(images.length > 0 && { images }) }
  const size = sizeOf(result.structuredContent, most)
  // Whoever writes it down would overflow.
  const structuredContent = "reason" in size ? undefined : result.structuredContent
  const left = [
    ...(all.length > images.length ? [`[${all.length - images.length} more images are left out]`] : []),
    ...("reason" in size ? [`[structured content is left out: ${size.reason}]`] : [])
  ]
  const text = [...textsOf(content, structuredContent), ...left].join("\n")
  if (isError === true) {
    const error = text === "" ? "the tool failed and did not say why" : cut(text)
    return { success: false, errorClass: "execution_error", error, ...shown }
  }
  if (structuredContent === undefined) return { success: true, data: text === "" ? nothing(images) : text, ...shown }
  const problems = await output?.problems(structuredContent)
  const only = onlyPart(structuredContent)
  const isSaid = content.some((block) => block.type === "text" && block.text === only)
  const plain = isSaid ? only : structuredContent
  const data = text === "" ? plain : { structured: structuredContent, text }
  if (problems === undefined) return { success: true, data, ...shown }
  return {
    success: true,
    data,
    ...shown,
    outcome: "degraded",
    degraded: [`what the server gave does not fit the schema that it declares: ${problems.slice(0, 500)}`]
  }
}

/** Characters of an error, which nobody shortens later. */
const longestError = 10_000

const cut = (text: string): string =>
  text.length <= longestError
    ? text
    : `${text.slice(0, longestError)}\n[… ${text.length - longestError} characters left out]`

const nothing = (images: ReadonlyArray<AnswerImage>): string =>
  images.length === 0 ? "(it gave nothing)" : images.length === 1 ? "(an image)" : `(${images.length} images)`

/** Text that only says the data once more, or its only part, is left out. */
const textsOf = (content: ReadonlyArray<Block>, structured: unknown): ReadonlyArray<string> =>
  content.map(toldOf).filter((text) => text !== "" && !(structured !== undefined && says(text, structured)))

const says = (text: string, data: unknown): boolean => {
  const same = [canonical(data), canonical(onlyPart(data))]
  return same.includes(canonical(text)) || same.includes(canonical(parsed(text)))
}

const onlyPart = (data: unknown): unknown => {
  const parts = typeof data === "object" && data !== null ? Object.values(data) : []
  return parts.length === 1 ? parts[0] : data
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** JSON with its keys in order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner
  )

const imageIn = (block: Block): ReadonlyArray<AnswerImage> => (block.type === "image" ? image(block.data) : [])

/** What a model can look at, by its first bytes: one that is none would have every later request refused. */
const image = (data: string): ReadonlyArray<AnswerImage> => {
  if (data.length > largest.image) return []
  const content = contentOf(Buffer.from(data.slice(0, 64), "base64"))
  return content.kind === "image" ? [{ mime: content.mime, data }] : []
}

const fitting = (images: ReadonlyArray<AnswerImage>): ReadonlyArray<AnswerImage> => {
  let room = largest.images
  return images.slice(0, mostImages).filter(({ data }) => (room -= data.length) >= 0)
}

/** Bytes behind base64. */
const bytesOf = (data: string): string => `${Math.floor((data.length * 3) / 4)} bytes`

/** A block as the model reads it. */
const toldOf = (block: Block): string => {
  switch (block.type) {
    case "text":
      return block.text
    case "image":
      return imageIn(block).length > 0
        ? ""
        : `[image, ${block.mimeType}, ${bytesOf(block.data)}: not shown, it is too large or of another kind than png, jpeg, gif, webp]`
    case "audio":
      return `[audio, ${block.mimeType}, ${bytesOf(block.data)}: not played]`
    case "resource":
      return resourceText(block.resource)
    case "resource_link": {
      const { uri, name, mimeType, description } = block
      const about = [mimeType, description].filter(Boolean).join(", ")
      return `[resource ${name}: ${uri}${about === "" ? "" : ` (${about})`}; mcp_read_resource reads it]`
    }
    default:
      return "[content of a kind that is not known here]"
  }
}

type Contents = ReadResourceResult["contents"][number]

const resourceText = (resource: Contents): string => {
  const { uri, mimeType = "unknown type" } = resource
  if ("text" in resource && typeof resource.text === "string") return `[resource ${uri}, ${mimeType}]\n${resource.text}`
  const size = "blob" in resource && typeof resource.blob === "string" ? bytesOf(resource.blob) : "no content"
  return `[resource ${uri}, ${mimeType}, ${size}: not text]`
}

/** Contents of a resource: text as it is, images shown, all else named. */
export const resourceAnswer = ({ contents }: ReadResourceResult): Answer => {
  const all = Array.isArray(contents) ? contents : []
  const isImage = ({ mimeType = "" }: Contents): boolean => mimeType.startsWith("image/")
  const images = fitting(all.flatMap((one) => ("blob" in one && isImage(one) ? image(one.blob) : [])))
  const data = all.map(resourceText).join("\n")
  return { success: true, data: data === "" ? "(it is empty)" : data, ...(images.length > 0 && { images }) }
}
