/**
 * A program of its own: opens a plugin in process and prints what its `systemPrompt` says, or how that fails. The test
 * runner imports modules in its own way, past Node's hooks. Argument: `{ module, sources, packages }` as JSON, `sources`
 * as entries; several in a list are opened side by side.
 */
import { tmpdir } from "node:os"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import { hosts } from "../../../actors/hosts/open-host.ts"
import type { Said } from "./said.ts"

const orders: ReadonlyArray<{ module: string; sources?: ReadonlyArray<[string, string]>; packages?: string }> =
  JSON.parse(process.argv[2] ?? "[]")
const scope = Scope.makeUnsafe()
const home = await Effect.runPromise(Scope.provide(hosts({ cwd: tmpdir() }), scope))

const say = async ({ module, sources, packages }: (typeof orders)[number]): Promise<Said> => {
  const more = { ...(sources && { sources: new Map(sources) }), ...(packages === undefined ? {} : { packages }) }
  try {
    const opening = home.open("in_process", { name: "guest", module, ...more })
    const host = await Effect.runPromise(Scope.provide(opening, scope))
    return { text: String(await host.plugin.systemPrompt?.({ session: "s", cwd: "." })) }
  } catch (thrown) {
    const { message, stack = "" } = thrown instanceof Error ? thrown : new Error(String(thrown))
    return { error: { message, stack } }
  }
}

const all: Array<Said> = []
for (const order of orders) all.push(await say(order))
console.log(JSON.stringify(all))
