/** What a plugin's `systemPrompt` says in a place, or how that fails. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Hosts, Place, PluginSource } from "../../../actors/hosts/host.ts"
import { household, open } from "./opened.ts"

export type Said = { readonly text: string } | { readonly error: { readonly message: string; readonly stack: string } }

type Module = Omit<Extract<PluginSource, { readonly module: string }>, "name">

const program = join(import.meta.dirname, "say-here.ts")

/** In process means: in a process of Node's alone, because the test runner imports modules in its own way. */
const sayHere = async (modules: ReadonlyArray<Module>): Promise<ReadonlyArray<Said>> => {
  const orders = modules.map(({ sources, ...more }) => ({ ...more, ...(sources && { sources: [...sources] }) }))
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(orders)])
  return JSON.parse(stdout)
}

const sayThere = async (home: Hosts, place: Place, { module, ...more }: Module): Promise<Said> => {
  try {
    const { host } = await open(home, place, module, more)
    return { text: String(await host.plugin.systemPrompt?.({ session: "s", cwd: "." })) }
  } catch (thrown) {
    const { message, stack = "" } = thrown as Error
    return { error: { message, stack } }
  }
}

/** Of each module, opened in the same household one after another. */
export const said = async (place: Place, ...modules: ReadonlyArray<Module>): Promise<ReadonlyArray<Said>> => {
  if (place === "in_process") return sayHere(modules)
  const home = await household()
  const all: Array<Said> = []
  for (const module of modules) all.push(await sayThere(home, place, module))
  return all
}
