/** What a user says, with files, as the agent hears it: pictures are seen, any other file lies where its tools can read it. */
import type { Session } from "../actors/session-host.ts"
import { contentOf } from "../plugins/builtin/content.ts"
import { type Content, imageLimits } from "./attachments.ts"

export interface GivenFile {
  readonly name: string
  readonly mime: string
  readonly bytes: Uint8Array
}

/**
 * What is called a picture counts as one only if its bytes are; one that models cannot take is kept as a file.
 *
 * @throws FilesError (as a rejection) for what cannot be kept; then nothing should be said.
 */
export const contentWithFiles = async (
  { files }: Pick<Session, "files">,
  text: string,
  given: ReadonlyArray<GivenFile>
): Promise<Content> => {
  const pictures: Array<Content[number]> = []
  const lines: Array<string> = []
  let room: number = imageLimits.message
  for (const { name, mime, bytes } of given) {
    const content = contentOf(bytes)
    if (content.kind === "image" && bytes.length <= Math.min(imageLimits.one, room)) {
      room -= bytes.length
      pictures.push({ type: "image", mime: content.mime, data: Buffer.from(bytes).toString("base64"), name })
    } else {
      const { path, size } = await files.put(name, mime, bytes)
      lines.push(`[File from the user: ${path} (${size} bytes)]`)
    }
  }
  const said = [text, lines.join("\n")].filter((part) => part !== "").join("\n\n")
  return [...(said === "" ? [] : [{ type: "text" as const, text: said }]), ...pictures]
}
