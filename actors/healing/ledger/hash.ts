/** How files and texts are told apart: by the SHA-256 of their bytes. */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"

/** @returns hexadecimal; a text counts as UTF-8. */
export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex")

/** @returns `undefined` when there is no file that can be read. */
export const readSource = (path: string): Buffer | undefined => {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

export const hashOfFile = (path: string): string | undefined => {
  const bytes = readSource(path)
  return bytes === undefined ? undefined : sha256(bytes)
}
