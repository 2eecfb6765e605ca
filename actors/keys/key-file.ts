/** The file that keeps keys: `auth.json` in the data folder, for the user alone. Nothing in it is ever repeated in a message. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from "node:fs"
import { join } from "node:path"
import { isSection } from "../settings.ts"

/** What is stored for one provider. */
export interface StoredKey {
  /** `!command` stands for what the command prints. */
  readonly key?: string
  /** By the name of a variable of the provider's address. */
  readonly values?: Readonly<Record<string, string>>
  /** Of a provider that is not one of ours: the address that the key may be sent to. */
  readonly address?: string
}

export type KeyFile =
  /** `entries`: by provider. `flaws`: a sentence on each part that cannot be used; it stays in the file. */
  | {
      readonly entries: ReadonlyMap<string, StoredKey>
      readonly flaws: ReadonlyArray<string>
      /** The whole of it, to be written again with a change. */
      readonly content: Readonly<Record<string, unknown>>
    }
  /** It cannot be used at all. */
  | { readonly problem: string }

export const keyFileIn = (data: string): string => join(data, "auth.json")

/** Bytes; nobody has more keys. */
const largest = 1_000_000

const nothing: KeyFile = { entries: new Map(), flaws: [], content: {} }

/** Never throws: keys in the environment work without it. */
export const readKeyFile = (path: string): KeyFile => {
  const read = privateText(path)
  if (read === undefined) return nothing
  if ("problem" in read) return read
  const content = parse(read.text)
  if (content === undefined) return { problem: `${path} is damaged: it is no JSON object. ${advice}` }
  const parts = Object.entries(content).map(([id, value]) => ({ id, stored: storedIn(value) }))
  return {
    entries: new Map(parts.flatMap(({ id, stored }) => (stored === undefined ? [] : [[id, stored] as const]))),
    flaws: parts.flatMap(({ id, stored }) =>
      stored === undefined ? [`what ${path} holds for ${JSON.stringify(id.slice(0, 80))} is damaged and not used`] : []
    ),
    content
  }
}

const advice = "It was not changed; mend it, or move it away and store the keys again with: kintsugi auth login"

/** An error of the parser would quote the text. */
const parse = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isSection(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** `undefined`: there is no such file. Looked at through one handle, so that what is judged is what is read. */
export const privateText = (path: string): { readonly text: string } | { readonly problem: string } | undefined => {
  try {
    // A pipe would be waited for.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const flaw = flawOf(path, fstatSync(file))
      return flaw === undefined ? { text: readFileSync(file, "utf8") } : { problem: flaw }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined
    if (code === "ENOENT" || code === "ENOTDIR") return undefined
    return { problem: `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}` }
  }
}

/** Whoever else can write it could have commands run; whoever can read it has the keys. Windows has no such modes. */
const flawOf = (path: string, info: Stats): string | undefined => {
  if (info.isDirectory()) return `${path} is a folder; keys are kept in a file of this name: move the folder away`
  if (!info.isFile() || info.size > largest) return `${path} is not a file of at most ${largest} bytes`
  const own = process.getuid?.()
  if (own === undefined) return undefined
  if (info.uid !== own) return `${path} belongs to another user and is not used`
  return (info.mode & 0o077) === 0
    ? undefined
    : `${path} may be read or written by other users, so it is not used; close it with: chmod 600 ${path}  (and replace the keys if somebody may have seen them)`
}

const storedIn = (value: unknown): StoredKey | undefined => {
  if (!isSection(value)) return undefined
  const { key, values, address } = value as Readonly<Record<string, unknown>>
  if (key !== undefined && (typeof key !== "string" || key.trim() === "")) return undefined
  if (address !== undefined && typeof address !== "string") return undefined
  if (values !== undefined && !isTexts(values)) return undefined
  return { key, values, address }
}

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  isSection(value) && Object.values(value).every((one) => typeof one === "string")
