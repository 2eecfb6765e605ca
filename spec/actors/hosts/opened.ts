/** Places as specs open them: with the host's real ports in a temporary folder, closed when the test has finished. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { onTestFinished } from "vitest"
import {
  type Host,
  HostFault,
  type HostOptions,
  type Hosts,
  type Place,
  type PluginSource
} from "../../../actors/hosts/host.ts"
import { hosts } from "../../../actors/hosts/open-host.ts"
import type { Tool } from "../../../plugins/tool.ts"

export const every = join(import.meta.dirname, "fixtures/every.ts")

/** A folder with these files in it. */
export const folderWith = async (files: Readonly<Record<string, string>>): Promise<string> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "kintsugi-hosts-")))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await put(folder, files)
  return folder
}

export const put = async (folder: string, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
}

/** Told what ends a place, or all of them; what a whole file shares is closed by whoever shares it. */
type Until = (close: () => Promise<void>) => void

export const household = async (
  options: Partial<HostOptions> = {},
  until: Until = onTestFinished
): Promise<Hosts & { close: () => Promise<void> }> => {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  until(close)
  const opened = await Effect.runPromise(Scope.provide(hosts({ cwd: tmpdir(), ...options }), scope))
  return { ...opened, close }
}

export interface Opened {
  readonly host: Host
  readonly close: () => Promise<void>
  readonly tool: (name: string) => Tool
}

type More = Omit<Extract<PluginSource, { readonly module: string }>, "name" | "module">

export const open = async (
  home: Hosts,
  place: Place,
  module = every,
  more: More = {},
  until: Until = onTestFinished
): Promise<Opened> => {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  until(close)
  const host = await Effect.runPromise(Scope.provide(home.open(place, { name: "guest", module, ...more }), scope))
  const tool = (name: string): Tool => {
    const found = host.plugin.tools?.find((one) => one.name === name)
    if (found === undefined) throw new Error(`there is no tool ${name}`)
    return found
  }
  return { host, close, tool }
}

/** The fault with which an Effect fails. */
export const faultOf = async (effect: Effect.Effect<unknown, HostFault>): Promise<HostFault> => {
  const exit = await Effect.runPromiseExit(effect)
  const error = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
  if (error instanceof HostFault) return error
  throw new Error(`expected a HostFault, got ${String(error)}`)
}
