/** `kintsugi plugin available` and `search`: what could be installed. */
import { ourPackages, sourceOf } from "../../../actors/manage/first-party.ts"
import { searchPlugins } from "../../../actors/manage/search.ts"
import type { Io } from "../io.ts"
import { oneLine, printable } from "../printable.ts"
import { carriedOut, look } from "./around.ts"
import { columns } from "./columns.ts"

export const available = async (io: Io, json: true | undefined): Promise<void> => {
  const plugins = await (await look(io)).plugins()
  const all = ourPackages.map(({ package: name, about, builtIn }) => {
    if (builtIn !== undefined) return { package: name, about, installed: true, built_in: true }
    const there = plugins.find((one) => one.package === name)
    return { package: name, about, installed: there !== undefined, install: sourceOf(name) }
  })
  if (json) return void io.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
  const rows = all.map((one) => [
    one.package,
    "built_in" in one ? "built in" : one.installed ? "installed" : "-",
    one.about
  ])
  for (const line of columns(rows)) io.stdout.write(`${line}\n`)
  const next = all.find((one) => !one.installed)
  if (next?.install !== undefined) io.stderr.write(`\nInstall one: kintsugi plugin install ${next.install}\n`)
  io.stderr.write("Other people's: kintsugi plugin search WORD\n")
}

export const search = async (io: Io, words: ReadonlyArray<string>, json: true | undefined): Promise<void> => {
  const { env } = await look(io)
  const found = await carriedOut(searchPlugins(words.join(" "), { env }))
  if (json) return void io.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
  if (found.length === 0) io.stderr.write("The registry knows no plugin that fits.\n")
  const rows = found.map(({ name, version, description, date = "" }) =>
    [name, version, date, oneLine(description, 100)].map(printable)
  )
  for (const line of columns(rows)) io.stdout.write(`${line}\n`)
}
