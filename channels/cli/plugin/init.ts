/** `kintsugi plugin init`: a new plugin, and what to do with it next. */
import { basename, relative, resolve } from "node:path"
import { initPlugin } from "../../../actors/manage/init-plugin.ts"
import type { Io } from "../io.ts"
import { said } from "./around.ts"
import { columns } from "./columns.ts"

interface Options {
  readonly name?: string
  readonly javascript?: true
}

export const init = async (io: Io, dir: string, { name, javascript }: Options): Promise<void> => {
  const folder = resolve(io.cwd, dir)
  const made = await initPlugin({ folder, name: name ?? basename(folder), isJavaScript: javascript === true }).catch(
    (error: unknown) => Promise.reject(said(error))
  )
  for (const file of made.files) io.stdout.write(`${relative(io.cwd, resolve(folder, file))}\n`)
  const here = relative(io.cwd, folder)
  const at = here === "" ? "." : here.startsWith("..") ? folder : `./${here}`
  const next = columns([
    [`  npm --prefix ${at} test`, "its own spec, with nothing but Node"],
    [`  kintsugi plugin doctor ${at}`, "loaded as Kintsugi loads it, and looked through"],
    [`  kintsugi plugin install ${at}`, "for you, in every folder; what you edit in it counts"]
  ])
  io.stderr.write(`
The plugin ${made.name} is ready: it brings one tool, ${made.tool}. Next:

${next.join("\n")}

To keep one in the project that it is for: kintsugi plugin init .kintsugi/plugins/NAME && kintsugi trust
`)
}
