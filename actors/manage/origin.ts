/** Where a plugin's folder came from, written into it: so that it can be fetched anew, and is known as one that was installed. */
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"

export interface Origin {
  /** Absolute path of a folder, or an address as git is told it. */
  readonly address: string
  /** A branch, a tag or a commit. */
  readonly ref?: string
  /** Name of it in the marketplace that was fetched. */
  readonly plugin?: string
  /** Whole name of the commit; absent of folders. */
  readonly commit?: string
}

export const originFile = ".kintsugi-origin.json"

export const writeOrigin = (folder: string, origin: Origin): void =>
  writeFileSync(join(folder, originFile), `${JSON.stringify(origin, undefined, 2)}\n`)

/** @returns `undefined` of a folder that was not installed. */
export const originOf = (folder: string): Origin | undefined => {
  try {
    const path = join(folder, originFile)
    if (statSync(path).size > 10_000) return undefined
    const value: unknown = JSON.parse(readFileSync(path, "utf8"))
    if (typeof value !== "object" || value === null) return undefined
    const text = (key: keyof Origin): string | undefined => {
      const one: unknown = Reflect.get(value, key)
      return typeof one === "string" && one !== "" ? one : undefined
    }
    const [address, ref, plugin, commit] = [text("address"), text("ref"), text("plugin"), text("commit")]
    if (address === undefined) return undefined
    return {
      address,
      ...(ref === undefined ? {} : { ref }),
      ...(plugin === undefined ? {} : { plugin }),
      ...(commit === undefined ? {} : { commit })
    }
  } catch {
    return undefined
  }
}
