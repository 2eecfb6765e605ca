/**
 * Changes that are made together, also when files of the user are among them: what is to be done is written down first,
 * then the files, then what follows. Whoever finds a plan that is not settled, after a crash or beside a slow process,
 * completes it, or takes it back when a file refuses.
 */
import { dirname } from "node:path"
import type { SeamStatus } from "../../../healing/ledger.ts"
import { replaceSource, type SourceWrite, syncFolder } from "../accept.ts"
import { hashOfFile } from "./hash.ts"
import { type Head, putHead, type Statements, textOf } from "./rows.ts"

export interface Mark {
  readonly seam: string
  readonly status: SeamStatus
  readonly reason: string
}

export interface Plan {
  readonly marks: ReadonlyArray<Mark>
  /** What runs in place of a file from then on; `null`: the file itself. */
  readonly heads: Readonly<Record<string, Head | null>>
  readonly files: ReadonlyArray<SourceWrite>
}

/** Settles whatever is pending; belongs in a transaction that no other process can come between. */
export const settlePending = (use: Statements): void => {
  for (const { id, plan } of use.pending.all()) {
    const planned: Plan = JSON.parse(String(plan))
    const reason = writeFiles(use, planned.files)
    if (reason === undefined) follow(use, planned)
    use.settle.run(reason ?? "", Number(id))
  }
}

/** Marks and heads; belongs in a transaction. */
export const follow = (use: Statements, { marks, heads }: Omit<Plan, "files">): void => {
  for (const { seam, status, reason } of marks) use.mark.run(seam, Date.now(), status, reason)
  for (const [path, head] of Object.entries(heads)) {
    if (head === null) use.dropHead.run(path)
    else putHead(use, head)
  }
}

/** All of them or none. @returns why none, when one refuses. */
const writeFiles = (use: Statements, files: ReadonlyArray<SourceWrite>): string | undefined => {
  try {
    for (const file of files) writeFile(use, file)
    return undefined
  } catch (error) {
    const left = files.flatMap((file) => takeBack(use, file))
    return [error instanceof Error ? error.message : String(error), ...left].join("; ")
  }
}

const writeFile = (use: Statements, file: SourceWrite): void => {
  // Renamed before a crash, and perhaps not yet on the disk.
  if (hashOfFile(file.path) === file.to) syncFolder(dirname(file.path))
  else replaceSource(file, textOf(use, file.to))
}

/** @returns what is left changed, because it cannot be taken back. */
const takeBack = (use: Statements, file: SourceWrite): ReadonlyArray<string> => {
  try {
    if (hashOfFile(file.path) === file.to)
      replaceSource({ ...file, from: file.to, to: file.from }, textOf(use, file.from))
    return []
  } catch (error) {
    return [`${file.path} was written and could not be taken back (${String(error)})`]
  }
}
