/** `kintsugi plugin enable` and `disable`: written into a configuration file, for all sessions that begin from then on. */
import { homeOf, projectConfigFile, userConfigFile } from "../../../actors/folders.ts"
import { disableIn, enableIn } from "../../../actors/manage/switch-plugin.ts"
import { isNeeded, switchedOff } from "../../../actors/plugin/sources.ts"
import { CliError, type Io } from "../io.ts"
import { type Around, look, named, type Scope } from "./around.ts"

type One = Parameters<typeof switchedOff>[0]

export const switchPlugins = async (
  io: Io,
  act: "enable" | "disable",
  names: ReadonlyArray<string>,
  scope: Scope
): Promise<void> => {
  const before = await look(io)
  const plugins = await before.plugins()
  const those = names.map((name): One => {
    // It may be gone and still stand in the configuration.
    if (isWritten(before, name) && !plugins.some((one) => one.name === name)) return { name, tier: "npm" }
    return named(plugins, name)[0] ?? { name, tier: "npm" }
  })
  const needed = act === "disable" ? those.find(isNeeded) : undefined
  if (needed !== undefined)
    throw new CliError(1, `${needed.name} cannot be disabled: no task could be ended without it`)
  const file = scope === "local" ? projectConfigFile(io.cwd) : userConfigFile({ env: io.env, home: homeOf(io.env) })
  for (const { name } of those) {
    const isChanged = (act === "enable" ? enableIn : disableIn)(file, name, io.env)
    io.stdout.write(`${name} is ${isChanged ? "" : "already "}${act}d in ${file}\n`)
  }
  const after = await look(io)
  for (const one of those) {
    const off = switchedOff(one, after.settings.plugins)
    if ((off === undefined) !== (act === "enable")) tellWhy(io, one.name, act, off)
  }
  if (scope === "local" && !after.trusted)
    io.stderr.write(
      "This folder is not trusted, so what its configuration says of plugins is ignored; to trust it: kintsugi trust\n"
    )
}

const isWritten = ({ settings: { plugins } }: Around, name: string): boolean =>
  plugins.disabled.includes(name) || plugins.enabled.includes(name)

const tellWhy = (io: Io, name: string, act: string, off: string | undefined): void => {
  const why = off ?? "another file or variable counts more"
  io.stderr.write(`${name} is not ${act}d here all the same: ${why}; see: kintsugi config list\n`)
}
