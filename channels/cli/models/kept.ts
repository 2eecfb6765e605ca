/** What providers said that they have, kept in the cache folder so that listings need no network. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fields, list } from "../../../llm/wire-value.ts"
import { folders, homeOf } from "../../../actors/folders.ts"
import { replaceFile } from "../../../actors/replace-file.ts"
import type { Io } from "../io.ts"
import type { Keyed } from "../key-sources.ts"

export interface Kept {
  /** Names of models; none when it was not asked, or at another address. */
  readonly of: (one: Keyed) => ReadonlyArray<string>
  readonly keep: (one: Keyed, names: ReadonlyArray<string>) => void
}

export const keptLists = (env: Io["env"]): Kept => {
  const folder = join(folders({ env, home: homeOf(env) }).cache, "models")
  const fileOf = ({ id }: Keyed) => join(folder, `${encodeURIComponent(id)}.json`)
  return {
    of: (one) => {
      const { address, models } = fields(read(fileOf(one)))
      return address === addressOf(one) ? list(models).filter((name) => typeof name === "string") : []
    },
    keep: (one, models) => {
      const kept = { asked: new Date().toISOString(), address: addressOf(one), models }
      replaceFile(fileOf(one), `${JSON.stringify(kept, null, 1)}\n`)
    }
  }
}

/** One that the user or a plugin brings may be another one tomorrow. */
const addressOf = ({ extra }: Keyed): string => extra?.baseUrl ?? ""

/** A list that cannot be read is one that was never asked for. */
const read = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, "utf8"))
  } catch {
    return undefined
  }
}
