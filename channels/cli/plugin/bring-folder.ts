/** Plugins that are folders of files, brought one after another, and what is to be said of them. */
import { installFolder, type Offer } from "../../../actors/manage/install-folder.ts"
import type { Source } from "../../../actors/manage/source.ts"
import { counted } from "../../../actors/plugin/brought.ts"
import type { Io } from "../io.ts"
import { oneLine, printable } from "../printable.ts"
import { type Around, carriedOut } from "./around.ts"
import { consent } from "./consent.ts"

export interface Wanted {
  /** As it was typed, or the name of the one that is fetched anew. */
  readonly typed: string
  readonly source: Source
  /** Name of the plugin in a marketplace. */
  readonly plugin?: string | undefined
  /** The commit that is there. */
  readonly known?: string | undefined
}

export interface BringingFolders {
  readonly folder: string
  readonly yes: true | undefined
  readonly json: true | undefined
}

export interface BroughtFolders {
  /** What has come, as it is told to programs. */
  readonly installed: ReadonlyArray<object>
  /** What npm has to install, as it was typed. */
  readonly code: ReadonlyArray<string>
}

export const bringFolders = async (
  io: Io,
  around: Around,
  wanted: ReadonlyArray<Wanted>,
  { folder, yes, json }: BringingFolders
): Promise<BroughtFolders> => {
  const installed: Array<object> = []
  const code: Array<string> = []
  for (const { typed, source, plugin, known } of wanted) {
    if ("repository" in source) io.stderr.write(printable(`git fetches ${source.repository.url} …\n`))
    const came = await carriedOut(
      installFolder({ source, plugin, known, folder, env: around.env, decide: consent(io, yes) })
    )
    if (came.kind === "code") code.push(typed)
    if (came.kind === "same") io.stderr.write(printable(`${typed} is as it was\n`))
    if (came.kind === "declined") io.stderr.write(printable(`${came.offer.name} was not installed\n`))
    if (came.kind !== "installed") continue
    installed.push(report(came.offer))
    if (!json) await tell(io, around, came.offer)
  }
  return { installed, code }
}

const report = ({ name, version, description, origin, brings, lacks }: Offer) => ({
  plugin: name,
  version,
  description,
  origin,
  brings,
  lacks
})

const tell = async (io: Io, around: Around, { name, version = "", brings }: Offer): Promise<void> => {
  const said = `${[`installed ${name}`, version].join(" ").trim()} (${counted(brings)})`
  io.stdout.write(`${oneLine(printable(said), 600)}\n`)
  const view = (await around.plugins()).find(({ root }) => root === brings.folder)
  if (view !== undefined && view.reason !== "" && view.state !== "untrusted")
    io.stderr.write(printable(`${view.name} is ${view.state}: ${view.reason}\n`))
}
