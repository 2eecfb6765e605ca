/** `kintsugi plugin info`: all that is known of a plugin without running it. */
import { dirname, join } from "node:path"
import { installedIn, type InstalledPackage } from "../../../actors/manage/npm-project.ts"
import type { Origin } from "../../../actors/manage/origin.ts"
import type { ListedPlugin } from "../../../actors/plugin/list-plugins.ts"
import type { Io } from "../io.ts"
import { printable } from "../printable.ts"
import { folderOf, look, named } from "./around.ts"
import { broughtRows, revealed } from "./brought-rows.ts"
import { columns } from "./columns.ts"
import { offers } from "./offers.ts"

export const info = async (io: Io, name: string, json: true | undefined): Promise<void> => {
  const { plugins } = await look(io)
  const [plugin, ...others] = named(await plugins(), name)
  if (plugin === undefined) return
  const installed = packageOf(io, plugin)
  if (json) {
    const { manifest, ...view } = plugin
    const { tools, extensions } = manifest ?? {}
    const shadows = others.map(({ tier, module, root }) => ({
      tier,
      ...(module === undefined ? { root } : { module })
    }))
    const known = { ...view, installed, shadows, ...(manifest === undefined ? {} : { tools, extensions }) }
    return void io.stdout.write(`${JSON.stringify(known, null, 2)}\n`)
  }
  const rows = [
    ["name", plugin.name],
    ["description", plugin.description ?? plugin.manifest?.description ?? ""],
    ["version", plugin.version ?? plugin.manifest?.version ?? ""],
    ["tier", plugin.tier],
    ["state", plugin.reason === "" ? plugin.state : `${plugin.state}: ${plugin.reason}`],
    ["module", plugin.module ?? ""],
    ["runs in", plugin.place ?? ""],
    ...(plugin.module === undefined && plugin.root !== undefined ? [["folder", plugin.root]] : []),
    ...(plugin.origin === undefined ? [] : originRows(plugin.origin)),
    ...(installed === undefined ? [] : packageRows(installed)),
    ...offered(plugin),
    ["requires", plugin.requires.join(", ")],
    ...others.map(({ tier, module, root = "" }) => ["shadows", `${tier} ${module ?? root}`])
  ].filter(([, value]) => value !== "")
  for (const line of columns(rows)) io.stdout.write(`${printable(line)}\n`)
  if (plugin.brings !== undefined) io.stdout.write(await revealed(broughtRows(plugin.brings)))
  if (plugin.manifest === undefined && plugin.module !== undefined && plugin.state !== "broken")
    io.stderr.write(`Its code was never loaded as it is now; kintsugi plugin doctor ${plugin.name} does so.\n`)
}

const packageOf = (io: Io, { tier, package: name, module = "" }: ListedPlugin): InstalledPackage | undefined => {
  if (tier !== "npm" || name === undefined) return undefined
  const folders = (["local", "global"] as const).map((scope) => folderOf(io, scope))
  const all = folders.flatMap((folder) =>
    installedIn(folder)
      .filter((one) => one.package === name)
      .map((one) => ({ one, isIts: dirname(module).startsWith(one.link ?? join(folder, "node_modules", name)) }))
  )
  return (all.find(({ isIts }) => isIts) ?? all[0])?.one
}

const originRows = ({ address, ref = "", plugin = "", commit = "" }: Origin) => [
  ["from", address],
  ["wanted as", ref],
  ["named there", plugin],
  ["commit", commit]
]

const packageRows = ({ package: name, wanted, integrity, resolved, link }: InstalledPackage) => [
  ["package", name],
  ["wanted as", wanted],
  ["from", link === undefined ? (resolved ?? "") : `${link} (a link: what is edited there counts)`],
  ["integrity", integrity ?? ""]
]

const offered = ({ manifest, tools, hooks }: ListedPlugin): ReadonlyArray<ReadonlyArray<string>> =>
  manifest === undefined
    ? [
        ["tools", tools.join(", ")],
        ["hooks", hooks.join(", ")]
      ]
    : offers(manifest)
