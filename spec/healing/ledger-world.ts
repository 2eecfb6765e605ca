/** A plugin's folder that seams change, and seams that change it. */
import { createHash } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import type { Ledger, Seam } from "../../healing/ledger.ts"

export const sha256 = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex")

export interface PluginFolder extends Disposable {
  /** Above the plugin: what is here is not its own. */
  readonly above: string
  readonly root: string
  readonly path: (name: string) => string
  readonly read: (name: string) => string
  readonly write: (name: string, text: string | Uint8Array) => void
}

export const pluginFolder = (
  files: Readonly<Record<string, string>> = { "a.js": "a0", "b.js": "b0" }
): PluginFolder => {
  const above = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-ledger-")))
  const root = join(above, "plugin")
  const path = (name: string) => join(root, name)
  const write = (name: string, text: string | Uint8Array) => {
    mkdirSync(dirname(path(name)), { recursive: true })
    writeFileSync(path(name), text)
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return {
    above,
    root,
    path,
    write,
    read: (name) => readFileSync(path(name), "utf8"),
    [Symbol.dispose]: () => rmSync(above, { recursive: true, force: true })
  }
}

let count = 0

/** A seam of the plugin `words` that changed nothing. */
export const seamOf = (fields: Partial<Seam> = {}): Seam => ({
  id: `s${(++count).toString(36).padStart(9, "0")}`,
  time: 1_795_000_000_000 + count,
  plugin: "words",
  tool: "word_count",
  failure: {
    kind: "undefined_access",
    message: "Cannot read properties of undefined (reading 'x')",
    frame: "a.js:1:2"
  },
  rungs: [{ strategy: "rewrite", outcome: "healed", reason: "one candidate was left, and proved" }],
  state: "provisional",
  summary: "reads x where y stood",
  degraded: [],
  proof: [{ check: "V2", outcome: "passed", detail: "the failing call answers" }],
  changes: [],
  ...fields
})

export interface Patch {
  readonly seam: Seam
  readonly texts: ReadonlyMap<string, string>
}

/** A seam that turns what runs in these files now into these texts. */
export const patchOf = (
  ledger: Ledger,
  folder: PluginFolder,
  texts: Readonly<Record<string, string>>,
  fields: Partial<Seam> = {}
): Patch => {
  const { sources } = ledger.overlay(folder.root)
  const changes = Object.entries(texts).map(([name, text]) => {
    const path = folder.path(name)
    return { path, before: sha256(sources.get(path) ?? readFileSync(path)), after: sha256(text) }
  })
  return {
    seam: seamOf({ root: folder.root, changes, ...fields }),
    texts: new Map(Object.entries(texts).map(([name, text]) => [folder.path(name), text]))
  }
}

/** Commits it as active. @returns its id. */
export const patch = (
  ledger: Ledger,
  folder: PluginFolder,
  texts: Readonly<Record<string, string>>,
  fields: Partial<Seam> = {}
): string => {
  const { seam, texts: after } = patchOf(ledger, folder, texts, fields)
  ledger.commit(seam, "active", after)
  return seam.id
}

/** What runs in place of files, by name. */
export const runs = (ledger: Ledger, { root }: PluginFolder): Readonly<Record<string, string>> =>
  Object.fromEntries([...ledger.overlay(root).sources].map(([path, text]) => [path.slice(root.length + 1), text]))

export const idsOf = (seams: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> => seams.map(({ id }) => id)

/** Status by id. */
export const statuses = (ledger: Ledger): Readonly<Record<string, string>> =>
  Object.fromEntries(ledger.list().map(({ id, status }) => [id, status]))
