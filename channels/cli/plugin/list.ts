/** `kintsugi plugin list`: all tiers, the shadowed and the untrusted among them; nothing is run. */
import type { ListedPlugin } from "../../../actors/plugin/list-plugins.ts"
import { counted } from "../../../actors/plugin/brought.ts"
import type { Io } from "../io.ts"
import { oneLine, printable } from "../printable.ts"
import { look } from "./around.ts"
import { columns } from "./columns.ts"

export const list = async (io: Io, json: true | undefined): Promise<void> => {
  const { plugins, trusted } = await look(io)
  const all = await plugins()
  if (json) return void io.stdout.write(`${JSON.stringify(all.map(plain), null, 2)}\n`)
  const rows = all.map((one) => [one.name, one.tier, printable(one.version ?? ""), one.state, remark(one)])
  for (const line of columns([["NAME", "TIER", "VERSION", "STATE", "TOOLS, OR WHAT IS WRONG"], ...rows]))
    io.stdout.write(`${line}\n`)
  if (!trusted && all.some(({ state }) => state === "untrusted"))
    io.stderr.write("Plugins of a folder that is not trusted are not run; to trust this one: kintsugi trust\n")
}

const remark = ({ reason, tools, module, root, brings, manifest, state }: ListedPlugin): string => {
  if (reason !== "") return oneLine(printable(reason), 200)
  if (module === undefined && root !== undefined)
    return oneLine(printable(brings === undefined ? "brings nothing" : counted(brings)), 200)
  const isKnown = module === undefined || manifest !== undefined || state !== "healthy"
  return isKnown ? tools.join(", ") : "(known when it has been loaded)"
}

/** What `info` tells at length is left out. */
export const plain = ({ manifest: _, ...view }: ListedPlugin) => view
