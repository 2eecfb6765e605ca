/** `kintsugi heal`: what was mended, how it was proved, and the user's word on it. */
import { existsSync } from "node:fs"
import { createInterface } from "node:readline/promises"
import { once } from "node:events"
import { Command } from "commander"
import { folders, homeOf } from "../../actors/folders.ts"
import { joinedWith, pathsOf } from "../../actors/healing/ledger/stack.ts"
import { healsFile } from "../../actors/healing/ledger-file.ts"
import { acceptSeam, undoSeam } from "../../actors/healing/seam-word.ts"
import { openLedger } from "../../actors/healing/sqlite-ledger.ts"
import type { Ledger, SeamView } from "../../healing/ledger.ts"
import { CliError, type Io } from "./io.ts"
import { oneLine, printable } from "./printable.ts"
import { ownerOf, seamRow, seamStory, worded } from "./seam-lines.ts"

export const healCommand = (io: Io): Command => {
  const group = new Command("heal").description("list, show, accept and undo what was mended")
  const line = (text: string) => io.stdout.write(`${text}\n`)

  group
    .command("list")
    .description("what broke and what was done about it, newest first")
    .option("--json")
    .action(({ json }: { json?: true }) =>
      withLedger(io, async (ledger) => {
        const seams = ledger?.list() ?? []
        if (json) return void line(JSON.stringify(seams, null, 2))
        if (seams.length === 0) io.stderr.write(`${whatAHealIs}\n`)
        for (const seam of seams) line(seamRow(seam))
      })
    )

  group
    .command("show")
    .description("a seam: the failure, what was tried, how it was proved, what it changed")
    .argument("<seam>", "id, or the beginning of one")
    .option("--json")
    .action((id: string, { json }: { json?: true }) =>
      withLedger(io, async (ledger) => {
        const { seam } = need(ledger, id)
        if (json) return void line(JSON.stringify(seam, null, 2))
        for (const row of seamStory(seam)) line(row)
        if (seam.diff !== undefined) io.stdout.write(`\n${await shown(io.stdout, io, seam.diff)}`)
      })
    )

  group
    .command("accept")
    .description("write what was mended into the plugin's own source")
    .argument("<seam>", "id, or the beginning of one")
    .option("-y, --yes", "without asking")
    .action((id: string, { yes }: { yes?: true }) =>
      withLedger(io, async (ledger) => {
        const { seam, ...needed } = need(ledger, id)
        if (seam.changes.length === 0 && seam.status === "proposed") {
          await confirm(io, yes, `${oneLine(seam.summary, 400)}. Do it?`)
        } else if (isOpen(seam)) {
          await showAccept(io, acceptedWith(needed.ledger, seam))
          await confirm(io, yes, "Write this into the plugin's source?")
        }
        tell(io, await acceptSeam(needed.ledger, seam, { home: dataOf(io), env: io.env }))
      })
    )

  group
    .command("undo")
    .description("take a seam back, and whatever stands on it, also out of the source")
    .argument("<seam>", "id, or the beginning of one")
    .action((id: string) =>
      withLedger(io, async (ledger) => {
        const { seam, ...needed } = need(ledger, id)
        tell(io, await undoSeam(needed.ledger, seam, { home: dataOf(io) }))
      })
    )

  return group
}

const whatAHealIs = `Nothing was mended yet. When a plugin's code breaks, it is contained, and repaired where a repair can be proved;
each repair is listed here as a seam, which can be shown, undone, or accepted into the plugin's source.`

/** Looking at what is not there makes no file. */
const withLedger = async (io: Io, use: (ledger: Ledger | undefined) => Promise<void>): Promise<void> => {
  const file = healsFile(dataOf(io))
  const ledger = existsSync(file) ? openLedger(file) : undefined
  try {
    await use(ledger)
  } finally {
    ledger?.close()
  }
}

const dataOf = ({ env }: Io): string => folders({ env, home: homeOf(env) }).data

const need = (ledger: Ledger | undefined, id: string): { readonly ledger: Ledger; readonly seam: SeamView } => {
  const seam = ledger?.find(id)
  if (ledger === undefined || seam === undefined)
    throw new CliError(1, `there is no seam ${id}; see: kintsugi heal list`)
  return { ledger, seam }
}

/** There is something to write; of any other seam the ledger says why not. */
const isOpen = ({ status, changes }: SeamView): boolean =>
  changes.length > 0 && (status === "active" || status === "proposed")

const showAccept = async (io: Io, seams: ReadonlyArray<SeamView>): Promise<void> => {
  for (const { id, diff = "" } of seams) io.stderr.write(`${id}\n${await shown(io.stderr, io, diff)}\n`)
  for (const path of pathsOf(seams)) io.stderr.write(`writes ${printable(path)}\n`)
}

/** What goes into the source together with a seam, oldest first: all that changed the same files. */
const acceptedWith = (ledger: Ledger, seam: SeamView): ReadonlyArray<SeamView> => {
  const seams = seam.root === undefined ? [] : ledger.list({ root: seam.root }).toReversed()
  return joinedWith(
    seams.filter(({ id, status }) => id === seam.id || status === "active"),
    seam.id
  )
}

/** @throws CliError 3 when nobody is there to ask, 1 when the answer is no. */
const confirm = async (io: Io, yes: true | undefined, question: string): Promise<void> => {
  if (yes) return
  if (!io.stdin.isTTY || !io.stderr.isTTY)
    throw new CliError(3, "this needs your word, and there is no terminal to ask in; say yes with -y")
  const lines = createInterface({ input: io.stdin, output: io.stderr })
  // The end of the input, or ctrl-D, is no answer.
  const said = await Promise.race([
    lines.question(`${printable(question)} [y/N] `).catch(() => ""),
    once(lines, "close").then(() => "")
  ])
  lines.close()
  if (!/^y(es)?$/i.test(said.trim())) throw new CliError(1, "nothing was changed")
}

/** `accepted s1a2b3c4d  words/word_count  reads x where y stood` */
const tell = (io: Io, seams: ReadonlyArray<SeamView>): void => {
  for (const seam of seams) {
    io.stdout.write(`${worded(seam.status)} ${seam.id}  ${ownerOf(seam)}  ${printable(oneLine(seam.summary, 200))}\n`)
  }
}

/** As in chat on a terminal; elsewhere as `patch` takes it. */
const shown = async (stream: NodeJS.WritableStream & { readonly isTTY?: boolean }, io: Io, diff: string) => {
  if (!stream.isTTY) return printable(diff)
  const [{ diffLines }, { paintAll, themeOf }] = await Promise.all([
    import("../terminal/text/diff.ts"),
    import("../terminal/text/paint.ts")
  ])
  const columns = "columns" in stream && typeof stream.columns === "number" ? stream.columns : 80
  return `${paintAll(diffLines(diff, columns - 1), themeOf("auto", io.env))}\n`
}
