/** A key that is about to stand in a configuration file in plain text: a word of warning, and a better place for it. */
import { printable } from "./printable.ts"
import type { Io } from "./io.ts"
import { type Keyed, openKeyring } from "./key-sources.ts"
import { askYes, isInteractive } from "./prompt.ts"
import { providerOf } from "../../llm/model-id.ts"

/** @param key `llm.api_key` or `llm.providers.ID.api_key`. @returns `stored` when nothing is to be written into the file. */
export const offerStore = async (io: Io, key: string, value: string, file: string): Promise<"stored" | "kept"> => {
  const { path, provider } = await lookUp(io, key)
  const login = `kintsugi auth login ${provider === undefined ? "PROVIDER" : printable(provider.id)}`
  if (provider === undefined || path === undefined || !isInteractive(io)) {
    io.stderr.write(
      `The key now stands in ${file} in plain text. Better: ${login} (it reads the key from a prompt or standard input), or "\${VARIABLE}", or "!command".\n`
    )
    return "kept"
  }
  if (
    !(await askYes(
      io,
      `The key would stand in ${file} in plain text. Store it for ${printable(provider.name)} in ${path} instead?`
    ))
  )
    return "kept"
  const { storeKey } = await import("../../actors/keys/write-key.ts")
  storeKey(path, provider.id, {
    key: value.trim(),
    ...(provider.extra !== undefined && { address: provider.extra.baseUrl })
  })
  io.stderr.write(
    `The key for ${printable(provider.name)} is stored in ${path}, readable by you alone; ${key} is not set.\n`
  )
  return "stored"
}

/** Whose key it is. A configuration that cannot be read must not keep anybody from mending it. */
const lookUp = async (io: Io, key: string): Promise<{ readonly path?: string; readonly provider?: Keyed }> => {
  try {
    const { config, path, providers } = await openKeyring(io)
    const { model } = config.settings.llm
    const id = /^llm\.providers\.([^.]+)\./.exec(key)?.[1] ?? (model === undefined ? undefined : providerOf(model))
    return { path, provider: providers.find((one) => one.id === id) }
  } catch {
    return {}
  }
}
