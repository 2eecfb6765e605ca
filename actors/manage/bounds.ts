/** How much a plugin's folder may hold. */
import { NotManaged } from "./not-managed.ts"

/** The first two are Claude Code's, see https://code.claude.com/docs/en/plugins/marketplace-reference. */
export const bounds = { bytes: 256 * 1024 * 1024, entries: 20_000, milliseconds: 120_000 }

export const tooLarge = (what: string): NotManaged =>
  new NotManaged({
    message: `${what} holds more than ${bounds.bytes / 1024 / 1024} MiB or ${bounds.entries} files, which no plugin does`
  })
