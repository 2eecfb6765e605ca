/** Changes what is stored for one provider; whatever else stands in the file, also what nobody understands, stays. */
import { chmodSync, closeSync, mkdirSync, openSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { replaceFile } from "../replace-file.ts"
import { isSection } from "../settings.ts"
import { type KeyFile, readKeyFile, type StoredKey } from "./key-file.ts"

/** The file cannot be changed; it is as it was. */
export class KeyStoreError extends Error {
  override readonly name = "KeyStoreError"
}

/** Milliseconds to wait for another process that writes. */
const patience = 5_000

/**
 * Replaces the key; values are added to those that stand there, and whatever else does stays. What was stored for another
 * address goes: its key is not for this one.
 *
 * @throws KeyStoreError when the file, or what it holds for this provider, is damaged, or when it is open to others.
 */
export const storeKey = (path: string, provider: string, stored: StoredKey): void =>
  change(path, ({ content, entries }) => {
    const before = entries.get(provider)
    if (before === undefined && Object.hasOwn(content, provider)) throw damaged(path, provider)
    const entry = content[provider]
    const kept = isSection(entry) && before?.address === stored.address ? entry : {}
    const values = { ...before?.values, ...stored.values }
    return { ...content, [provider]: { ...kept, ...stored, ...(Object.keys(values).length > 0 && { values }) } }
  })

const damaged = (path: string, provider: string): KeyStoreError =>
  new KeyStoreError(
    `what ${path} holds for ${provider} is damaged; nothing was changed. Mend it, or forget it first: kintsugi auth logout ${provider}`
  )

/** @returns whether there was anything. @throws KeyStoreError as above. */
export const forgetKey = (path: string, provider: string): boolean => {
  let was = false
  change(path, ({ content }) => {
    was = Object.hasOwn(content, provider)
    const { [provider]: _, ...rest } = content
    return was ? rest : undefined
  })
  return was
}

type Readable = Extract<KeyFile, { readonly content: unknown }>

/** @param edit Makes the new content; `undefined`: nothing is to be written. */
const change = (path: string, edit: (file: Readable) => Readable["content"] | undefined): void =>
  alone(dirname(path), () => {
    const file = readKeyFile(path)
    if ("problem" in file) throw new KeyStoreError(file.problem)
    const content = edit(file)
    if (content !== undefined) replaceFile(path, `${JSON.stringify(content, null, 2)}\n`)
  })

/** Of all processes only one at a time: the lock is SQLite's, which ends with its holder, however that ends. */
const alone = (folder: string, act: () => void): void => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (process.platform !== "win32" && (statSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700)
  const file = join(folder, "auth.lock")
  closeSync(openSync(file, "a", 0o600))
  const lock = new DatabaseSync(file, { timeout: patience })
  try {
    lock.exec("begin exclusive")
    act()
  } catch (error) {
    if (!isBusy(error)) throw error
    throw new KeyStoreError(`another process has been writing keys for over ${patience / 1000} s; try again`)
  } finally {
    lock.close()
  }
}

/** SQLITE_BUSY is 5. */
const isBusy = (error: unknown): boolean => error instanceof Error && "errcode" in error && error.errcode === 5
