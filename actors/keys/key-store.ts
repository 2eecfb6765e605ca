/** The keys that the user has stored, as models are opened with them. */
import { statSync } from "node:fs"
import { isCommand, type KeyStore } from "../../llm/keys.ts"
import { learn } from "../../llm/learnt.ts"
import { type KeyFile, readKeyFile } from "./key-file.ts"

export interface StoredKeys extends KeyStore {
  /** Ids of the providers for which anything is stored. */
  readonly all: () => ReadonlyArray<string>
  /** Names of the variables that something is stored for. */
  readonly variables: (provider: string) => ReadonlyArray<string>
  readonly problem: () => string | undefined
  /** Sentences on parts that cannot be used, besides a `problem` of the whole. */
  readonly flaws: () => ReadonlyArray<string>
}

/** Read when it is first needed, and again when it has changed: another process may log in while this one works. */
export const openKeyStore = (path: string): StoredKeys => {
  let stamp: string | undefined
  let file: KeyFile | undefined
  const look = (): KeyFile => {
    const now = stampOf(path)
    if (file === undefined || now !== stamp) {
      file = readKeyFile(path)
      stamp = now
      if ("entries" in file)
        for (const { key } of file.entries.values()) if (key !== undefined && !isCommand(key)) learn(key)
    }
    return file
  }
  const entry = (provider: string) => {
    const read = look()
    return "entries" in read ? read.entries.get(provider) : undefined
  }
  const all = () => {
    const read = look()
    return "entries" in read ? [...read.entries.keys()] : []
  }
  return {
    all,
    variables: (provider) => Object.keys(entry(provider)?.values ?? {}),
    ids: () => all().filter((id) => entry(id)?.key !== undefined),
    key: (provider, address) => {
      const stored = entry(provider)
      return stored?.address === address ? stored?.key : undefined
    },
    value: (provider, variable) => entry(provider)?.values?.[variable],
    problem: () => {
      const read = look()
      return "problem" in read ? read.problem : undefined
    },
    flaws: () => {
      const read = look()
      return "entries" in read ? read.flaws : []
    }
  }
}

const stampOf = (path: string): string => {
  const info = statSync(path, { bigint: true, throwIfNoEntry: false })
  return info === undefined ? "" : [info.ino, info.size, info.mtimeNs, info.ctimeNs].join(" ")
}
