/** The fifteen reference tools: plugins as an honest author writes them, each in a folder of its own, and their hidden tests. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type { HiddenTest } from "./hidden-test.ts"

export const referenceNames = [
  "read",
  "write",
  "edit",
  "grep",
  "glob",
  "json",
  "csv",
  "http",
  "exec",
  "git",
  "diff",
  "archive",
  "sqlite",
  "template",
  "search"
] as const

export interface Reference {
  readonly name: string
  /** Of the first module, within the folder. */
  readonly main: string
  /** Texts by name within the folder. */
  readonly files: Readonly<Record<string, string>>
  readonly hidden: ReadonlyArray<HiddenTest>
  /** Calls of the tool's users before anything broke; absent: they are like the examples that the plugin carries. */
  readonly history?: ReadonlyArray<HiddenTest>
}

const read = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]))

export const loadReference = async (name: string): Promise<Reference> => {
  const files = read(join(import.meta.dirname, "fixtures", name))
  const main = "index.ts" in files ? "index.ts" : "index.js"
  const tests = (await import(`./hidden/${name}.ts`)) as Pick<Reference, "hidden" | "history">
  return { name, main, files, hidden: tests.hidden, ...(tests.history && { history: tests.history }) }
}

export const loadReferences = (): Promise<ReadonlyArray<Reference>> => Promise.all(referenceNames.map(loadReference))
