/** `kintsugi session export --html`. */
import { once } from "node:events"
import { loadConfig } from "../../actors/config.ts"
import { folders, homeOf, journalFile } from "../../actors/folders.ts"
import type { Journal, SessionInfo } from "../../actors/journal.ts"
import { openJournal } from "../../actors/journal/sqlite-journal.ts"
import { keyFileIn } from "../../actors/keys/key-file.ts"
import { openKeyStore } from "../../actors/keys/key-store.ts"
import { hiding, secretsOf } from "../../actors/secrets.ts"
import { page } from "../page/page.ts"
import type { Io } from "./io.ts"

/** @param all Every branch, not only the one where the session stands. */
export const writePage = async (io: Io, find: (journal: Journal) => SessionInfo, all: boolean): Promise<void> => {
  const place = { env: io.env, home: homeOf(io.env) }
  const hide = hiding(await secretsHere(io))
  const journal = openJournal(journalFile(place))
  try {
    const info = find(journal)
    const every = () => journal.readAll(info.id)
    const rows = all ? every : () => journal.read(info.id)
    const pieces = page({ info, rows, all: every, points: journal.points(info.id), hide, now: Date.now() })
    for (const piece of pieces) if (!io.stdout.write(piece)) await once(io.stdout, "drain")
  } finally {
    journal.close()
  }
}

/** @throws ConfigError: a page that may show a key is not written. */
const secretsHere = async (io: Io): Promise<ReadonlyArray<string>> => {
  const home = homeOf(io.env)
  const { settings, env } = await loadConfig({ cwd: io.cwd, env: io.env, home })
  // Each key that is stored is learnt when the file is read.
  openKeyStore(keyFileIn(folders({ env: io.env, home }).data)).all()
  return secretsOf(settings, env)
}
