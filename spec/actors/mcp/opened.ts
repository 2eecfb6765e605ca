/** Servers as a runtime has them, without the rest of a runtime. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type TestContext, vi } from "vitest"
import { observer, startSupervisor } from "../../../actors/kernel/supervisor.ts"
import { mcpServers, type OwnedServers, type ServersParts } from "../../../actors/mcp/servers.ts"
import { type SomeSettings, withDefaults } from "../../../actors/settings.ts"
import { serversBranch } from "../../../actors/tree.ts"
import type { McpClient, McpServerView } from "../../../plugins/mcp.ts"

type Servers = NonNullable<NonNullable<SomeSettings["mcp"]>["servers"]>

export const fixture = fileURLToPath(new URL("fixtures/server.ts", import.meta.url))

/** A server that behaves as it is told. */
export const behaving = (behaviour: object = {}, more: object = {}, lives?: string) => ({
  command: process.execPath,
  args: [fixture, JSON.stringify(behaviour), ...(lives === undefined ? [] : [lives])],
  ...more
})

/** What cleans up after a test, which may run beside others. */
export type Test = Pick<TestContext, "onTestFinished">

/** A folder of its own, removed afterwards. */
export const temporary = (test: Test): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "mcp-")))
  test.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface Opened extends OwnedServers {
  readonly view: (name: string) => McpServerView
  /** Resolves when a server looks like this. */
  readonly becomes: (name: string, looks: (view: McpServerView) => boolean) => Promise<McpServerView>
  readonly say: (name: string, tool: string, input?: object, client?: Partial<McpClient>) => Promise<string>
  readonly close: () => Promise<void>
}

/** Closed when the test is over. */
export const open = async (test: Test, servers: Servers, parts: Partial<ServersParts> = {}): Promise<Opened> => {
  const settings = withDefaults({ mcp: { servers } })
  const env = { PATH: process.env.PATH }
  const opened = mcpServers({
    cwd: process.cwd(),
    settings,
    env,
    data: undefined,
    log: () => {},
    discover: undefined,
    ...parts
  })
  const scope = Scope.makeUnsafe()
  const services = Context.make(observer, opened.observe).pipe(Context.add(Scope.Scope, scope))
  const tree = await Effect.runPromiseWith(services)(startSupervisor({ id: "runtime" }))
  opened.plant(await Effect.runPromise(serversBranch(tree)))
  let closing: Promise<void> | undefined
  const close = () => (closing ??= Effect.runPromise(Scope.close(scope, Exit.void)))
  test.onTestFinished(close)
  const view = (name: string): McpServerView => {
    const found = opened.list().find((one) => one.name === name)
    if (found === undefined) throw new Error(`no server ${name}`)
    return found
  }
  return {
    ...opened,
    view,
    close,
    becomes: (name, looks) =>
      vi.waitFor(
        () => {
          const now = view(name)
          if (!looks(now)) throw new Error(`${name} is ${JSON.stringify({ ...now, tools: now.tools.length })}`)
          return now
        },
        { timeout: 12_000, interval: 10 }
      ),
    say: async (name, tool, input = {}, more = {}) => textOf(await opened.call(name, tool, input, client(more)))
  }
}

export const client = (more: Partial<McpClient> = {}): McpClient => ({
  session: "one",
  signal: new AbortController().signal,
  progress: () => {},
  ...more
})

const textOf = ({ content }: { readonly content: ReadonlyArray<object> }): string =>
  content.map((part) => ("text" in part ? String(part.text) : "")).join("")
