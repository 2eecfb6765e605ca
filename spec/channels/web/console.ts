/** A real server with the console, in this process, and Debian's browser to look at it. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import type { RuntimeOptions } from "../../../actors/runtime/options.ts"
import { consoleHandler } from "../../../channels/web/handler.ts"
import { type ServeOptions, serveWebSocket } from "../../../channels/websocket/serve.ts"
import { openHub } from "../../../channels/wire/hub.ts"
import { checkScript, type ScriptSource } from "../../../llm/dialects/script.ts"
import type { Model } from "../../../llm/model.ts"
import { scripted } from "../../../llm/dialects/scripted.ts"
import { checkedHub } from "../wire/exact.ts"

export const program = "/usr/bin/chromium"

export const hasBrowser = existsSync(program)

/** One for a whole file: to start it takes a second. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] })

export const key = "key-of-the-console-specs"

export interface Stage extends AsyncDisposable {
  readonly cwd: string
  /** `http://127.0.0.1:PORT`, the same after a restart. */
  readonly url: string
  readonly runtime: () => Runtime
  /** As after a crash of the process, with the same folders. @param meanwhile While nobody listens. */
  readonly restart: (meanwhile?: () => Promise<void>) => Promise<void>
}

export interface StageOptions {
  /** What a scripted model says; absent: `model` is given. */
  readonly rules?: ScriptSource["rules"]
  readonly model?: Model
  readonly info?: ScriptSource["info"]
  readonly plugins?: RuntimeOptions["plugins"]
  readonly permissions?: "ask" | "auto"
  /** Beside the permissions. */
  readonly settings?: RuntimeOptions["settings"]
  readonly serving?: Partial<ServeOptions>
}

export const serveConsole = async (options: StageOptions): Promise<Stage> => {
  const home = mkdtempSync(join(tmpdir(), "kintsugi-console-"))
  const cwd = join(home, "work")
  mkdirSync(cwd)
  let running = await start(options, home, 0)
  const { port, url } = running.serving
  return {
    cwd,
    url,
    runtime: () => running.runtime,
    restart: async (meanwhile) => {
      await running.stop()
      await meanwhile?.()
      running = await start(options, home, port)
    },
    [Symbol.asyncDispose]: async () => {
      await running.stop()
      rmSync(home, { recursive: true })
    }
  }
}

const start = async (
  { rules = [], info, model, plugins = [], permissions = "ask", settings = {}, serving }: StageOptions,
  home: string,
  port: number
) => {
  const cwd = join(home, "work")
  const runtime = await createRuntime({
    cwd,
    env: {},
    data: join(home, "data"),
    model:
      model ?? scripted({ id: "scripted/spec", script: checkScript("spec.yaml", { rules, ...(info && { info }) }) }),
    plugins,
    settings: { ...settings, permissions: { mode: permissions } }
  })
  const models = async () => [{ id: "scripted/spec", name: "the spec's own" }, { id: "scripted/other" }]
  const hub = checkedHub(openHub({ runtime, version: "0.0.0", place: { cwd, permissions }, models }))
  const served = await serveWebSocket({
    hub,
    health: runtime,
    keys: [{ name: "owner", key, operator: true }],
    console: consoleHandler(),
    port,
    ...serving
  })
  const stop = async (): Promise<void> => {
    await served.stop(0)
    await runtime.close()
  }
  return { serving: served, runtime, stop }
}

/** Opens the console as the link does that the server prints. */
export const visit = async (browser: Browser, stage: Stage, options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({
    viewport: { width: 1200, height: 800 },
    reducedMotion: "reduce",
    ...options
  })
  // Below the runner's own, so that it says what was waited for.
  context.setDefaultTimeout(8000)
  const page = await context.newPage()
  await page.goto(`${stage.url}/#key=${key}`)
  await page.getByText("connected", { exact: true }).waitFor({ state: "attached" })
  return page
}
