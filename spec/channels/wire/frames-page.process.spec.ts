/** docs/frames.md: what it shows is true, and what can be copied from it runs. */
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { errorCodes, inFrames, outFrames } from "../../../channels/wire/frames.ts"
import { keys, serve } from "../websocket/served.ts"
import { mustFit } from "./exact.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))
const page = readFileSync(`${root}docs/frames.md`, "utf8")

const blocks = (language: string): ReadonlyArray<string> =>
  [...page.matchAll(/^```(.+)\n([^]*?)^```$/gm)].flatMap(([, named, text]) =>
    named === language && text !== undefined ? [text] : []
  )

const run = promisify(execFile)

/** As it stands in the page, with this server and key. */
const here = (text: string, port: number): string =>
  text.replaceAll("ws://127.0.0.1:8080/ws", `ws://127.0.0.1:${port}/ws`).replaceAll("YOUR-KEY", keys.ann)

describe("the page of frames", () => {
  it.each(["client", "server"] as const)("shows frames that a %s may send", (side) => {
    const lines = blocks(`json ${side}`).flatMap((block) => block.trim().split("\n"))
    expect(lines.length).toBeGreaterThan(3)
    for (const line of lines) mustFit(side, JSON.parse(line))
  })

  it("names every frame and every error with its meaning", () => {
    for (const type of Object.keys(inFrames)) expect(page).toContain(`\n| \`${type}\` | `)
    for (const type of Object.keys(outFrames)) expect(page).toContain(`\`${type}\``)
    for (const [code, meaning] of Object.entries(errorCodes)) expect(page).toContain(`| \`${code}\` | ${meaning} |`)
  })
})

describe("a client copied from the page", () => {
  it("in JavaScript is answered", async () => {
    const { port } = await serve()
    const [script = ""] = blocks("js")
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", here(script, port)], {
      timeout: 10_000
    })
    expect(stdout).toBe("done You said: hello\n")
  })

  it("from wscat is answered", async () => {
    const { port } = await serve()
    const [line = ""] = blocks("sh")
    const command = here(line, port)
      .replace("-w 2", "-w 0.5")
      .replace(/^wscat/, `${process.execPath} node_modules/.bin/wscat`)
    const { stdout } = await run("sh", ["-c", command], { cwd: root, timeout: 10_000 })
    expect(stdout).toContain('"type":"response","content":"You said: hello"')
  })

  const python = "/usr/bin/python3"
  const hasPython = existsSync(python) && existsSync("/usr/lib/python3/dist-packages/websockets")
  it.skipIf(!hasPython)("in Python is answered (needs Debian's python3-websockets)", async () => {
    const { port } = await serve()
    const [script = ""] = blocks("python")
    const { stdout } = await run(python, ["-c", here(script, port)], { timeout: 10_000 })
    expect(stdout).toBe("done You said: hello\n")
  })
})
