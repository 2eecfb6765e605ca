/**
 * What plugins offered when their code was loaded last, kept by a fingerprint of that code, so that the next start waits for
 * none of them. One small file for each module; what is damaged or of other code counts as not there.
 */
import { createHash } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Plugin } from "../../plugins/plugin.ts"
import { farPlugin } from "../hosts/far-plugin.ts"
import { isManifest, type Manifest } from "../hosts/manifest.ts"
import { replaceFile } from "../replace-file.ts"
import { fingerprint } from "./fingerprint.ts"

export interface ManifestCache {
  /** Of this code as it lies on disk now; `undefined` when it is not known. */
  readonly find: (module: string) => Manifest | undefined
  /** Of whatever code it had when it was loaded last. */
  readonly last: (module: string) => Manifest | undefined
  /** To be taken before the code is loaded: what is edited meanwhile must not be taken for what was loaded. */
  readonly fingerprint: (module: string) => string | undefined
  /** Does nothing when there is no fingerprint, or nothing can be written. */
  readonly keep: (module: string, fingerprint: string | undefined, manifest: Manifest) => void
}

/** Changes with the shape of a manifest. */
const format = 1

/** Bytes; what is longer is not ours. */
const longest = 4 * 1024 * 1024

/** @param cache Absolute path of Kintsugi's cache folder. */
export const manifestFolder = (cache: string): string => join(cache, "manifests")

/** @param folder Absolute path; it need not exist. */
export const openManifestCache = (folder: string): ManifestCache => {
  const fileOf = (module: string) =>
    join(folder, `${createHash("sha256").update(module).digest("hex").slice(0, 32)}.json`)
  return {
    fingerprint,
    last: (module) => read(fileOf(module))?.manifest,
    find: (module) => {
      const kept = read(fileOf(module))
      return kept !== undefined && kept.fingerprint === fingerprint(module) ? kept.manifest : undefined
    },
    keep: (module, fingerprint, manifest) => {
      if (fingerprint === undefined) return
      const next: Kept = { format, module, fingerprint, manifest }
      if (isDeepStrictEqual(read(fileOf(module)), next)) return
      try {
        replaceFile(fileOf(module), JSON.stringify(next))
      } catch {
        // The next start waits for the plugin, as the first did.
      }
    }
  }
}

interface Kept {
  readonly format: number
  readonly module: string
  readonly fingerprint: string
  readonly manifest: Manifest
}

const read = (file: string): Kept | undefined => {
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat === undefined || !stat.isFile() || stat.size > longest) return undefined
    const kept: unknown = JSON.parse(readFileSync(file, "utf8"))
    return isKept(kept) ? kept : undefined
  } catch {
    return undefined
  }
}

const isKept = (value: unknown): value is Kept =>
  typeof value === "object" &&
  value !== null &&
  "format" in value &&
  value.format === format &&
  "fingerprint" in value &&
  typeof value.fingerprint === "string" &&
  "manifest" in value &&
  isManifest(value.manifest)

const notYet = async (): Promise<never> => {
  throw new Error("the plugin's code has not been loaded yet")
}

/** The plugin as it will be, for whoever only asks what it brings: its functions cannot be called. */
export const foretold = (manifest: Manifest): Plugin => farPlugin(manifest, notYet).plugin
