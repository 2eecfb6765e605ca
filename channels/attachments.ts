/** Images that a message mentions: `@picture.png`, `@"my picture.png"`, `@~/x.png`. What is no image stays text. */
import { constants } from "node:fs"
import { type FileHandle, open } from "node:fs/promises"
import { basename, resolve } from "node:path"
import { expandHome } from "../actors/folders.ts"
import type { ImageBlock, UserMessage } from "../llm/message.ts"
import { contentOf } from "../plugins/builtin/content.ts"
import { imageSize } from "./image-size.ts"

export type Content = UserMessage["content"]

/** An image that cannot be sent; nothing of the message was. */
export class AttachmentError extends Error {
  override readonly name = "AttachmentError"
}

export interface From {
  /** Absolute path of the folder that mentions start from. */
  readonly cwd: string
  /** Absolute. */
  readonly home: string
}

/**
 * Bytes of images. `one`: Anthropic takes 5 MB of Base64, and others more. `message`: all of it together; requests end at
 * about 30 MB, and every further one repeats them.
 */
export const imageLimits = { one: 3_750_000, message: 18_000_000 } as const

/** `@` at the beginning of a word, also in brackets, then a path: up to the next space, or in quotation marks. */
const mention = /(?<=^|[\s([])@(?:"([^"\n]+)"|(\S+))/g

/** Whether anything in it may be a mention. */
export const mayMention = (text: string): boolean => text.search(mention) !== -1

/**
 * The text as it stands, and the images that it mentions, each once and in their order.
 *
 * @param tell Hears a sentence on each name of an image that leads to none: the user believes that it goes along.
 * @throws AttachmentError (as a rejection) for an image that is too large or cannot be read, saying what to do.
 */
export const contentWith = async (
  text: string,
  from: From,
  tell: (sentence: string) => void = () => {}
): Promise<Content> => {
  const found = new Map<string, ImageBlock>()
  const missed = new Set<string>()
  let bytes = 0
  for (const [, quoted, bare = ""] of text.matchAll(mention)) {
    let why: string | undefined
    for (const name of quoted === undefined ? spellings(bare) : [quoted]) {
      const path = resolve(from.cwd, expandHome(name, from.home))
      const image = found.get(path) ?? (await imageAt(path, name))
      why = typeof image === "string" && isImageName(name) ? `${name}: ${image}; it stays text` : undefined
      if (typeof image === "string") continue
      if (!found.has(path)) bytes += bytesOf(image)
      found.set(path, image)
      break
    }
    if (why !== undefined) missed.add(why)
    if (bytes > imageLimits.message)
      throw new AttachmentError(
        `The images of one message are at most ${mega(imageLimits.message)} together; send some of them later.`
      )
  }
  missed.forEach(tell)
  return [{ type: "text", text }, ...found.values()]
}

/** A full stop or bracket behind a name belongs to the sentence, unless there is such a file. */
const spellings = (bare: string): ReadonlyArray<string> => {
  const trimmed = bare.replace(/[.,;:!?)\]}'"]+$/, "")
  return trimmed === bare || trimmed === "" ? [bare] : [bare, trimmed]
}

/** @returns why there is none for anything but an image. */
const imageAt = async (path: string, name: string): Promise<ImageBlock | "no such file" | "no image"> => {
  const file = await openFile(path, name)
  if (file === undefined) return "no such file"
  try {
    const info = await file.stat()
    if (!info.isFile()) return "no image"
    const start = Buffer.alloc(16)
    await file.read(start, 0, start.length, 0)
    const content = contentOf(start)
    if (content.kind !== "image") return "no image"
    if (info.size > imageLimits.one) throw tooLarge(name, info.size)
    const data = await file.readFile()
    return { type: "image", mime: content.mime, data: data.toString("base64"), name: basename(path) }
  } finally {
    await file.close()
  }
}

const isImageName = (name: string): boolean => /\.(png|jpe?g|gif|webp)$/i.test(name)

/** Without waiting, as a pipe would. What looks like an image and cannot be opened is told; any other word may be no path at all. */
const openFile = async (path: string, name: string): Promise<FileHandle | undefined> => {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT" || code === "ENOTDIR" || !isImageName(name)) return undefined
    throw new AttachmentError(`${name} cannot be read (${String(code)}); check its owner and mode.`)
  }
}

const tooLarge = (name: string, size: number): AttachmentError =>
  new AttachmentError(
    `${name} has ${mega(size)}; models take images of at most ${mega(imageLimits.one)}. Make it smaller, for example: convert "${name}" -resize 1568x1568 smaller.jpg`
  )

const mega = (bytes: number): string => `${(bytes / 1_000_000).toFixed(2).replace(/\.?0+$/, "")} MB`

const bytesOf = ({ data }: ImageBlock): number => Math.floor((data.length * 3) / 4)

/** `[image: picture.png, 800×600]`, one for each image; the size in bytes where it has no other. */
export const imageLabels = (content: ReadonlyArray<{ readonly type: string }>): ReadonlyArray<string> =>
  content.filter((block): block is ImageBlock => block.type === "image").map(labelOf)

/** Base64 of the beginning: a JPEG's size may stand behind a thumbnail. */
const looked = 400_000

const labelOf = (image: ImageBlock): string => {
  const { mime, data, name = mime } = image
  const size = imageSize(Buffer.from(data.slice(0, looked), "base64"), mime)
  const kilo = `${Math.max(1, Math.round(bytesOf(image) / 1000))} kB`
  return `[image: ${name}, ${size === undefined ? kilo : `${size.width}×${size.height}`}]`
}
