/** `npm run chaos -- mcp [--calls N]`: calls of MCP servers that crash, hang, babble and change; exit 0 when each was answered or refused in its time. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { createRuntime } from "../../index.ts"
import { callAll, type Told, unruly } from "../actors/mcp/chaos.ts"
import { isGone } from "../plugins/ports/processes.ts"

/** Milliseconds beyond its time that a call may take on a busy machine. */
const grace = 2000

export const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const { values } = parseArgs({ args: [...args], options: { calls: { type: "string", default: "200" } } })
  const calls = Number(values.calls)
  if (!Number.isSafeInteger(calls) || calls < 20 || calls % 20 !== 0) {
    console.error("usage: npm run chaos -- mcp [--calls N, a multiple of 20]")
    return 2
  }
  const folder = mkdtempSync(join(tmpdir(), "chaos-mcp-"))
  const lives = join(folder, "lives")
  const servers = unruly(lives)
  const runtime = await createRuntime({ cwd: folder, settings: { mcp: { servers } } })
  const told = await callAll(runtime.mcp, calls / 4)
  await runtime.close()
  const ids = readFileSync(lives, "utf8").trim().split("\n").map(Number)
  const left = ids.filter((id) => !isGone(id))
  rmSync(folder, { recursive: true, force: true })

  for (const [name, { timeout }] of Object.entries(servers))
    console.log(
      line(
        name,
        told.filter(({ server }) => server === name),
        timeout
      )
    )
  console.log(`${told.length} of ${calls} calls settled; ${ids.length} processes, ${left.length} left`)
  const isLate = ({ server, took }: Told): boolean =>
    took >
    Object.entries(servers).reduce((limit, [name, { timeout }]) => (name === server ? timeout * 1000 : limit), 0) +
      grace
  const isKept = told.length === calls && left.length === 0 && !told.some((one) => isLate(one) || isMute(one))
  return isKept ? 0 : 1
}

/** Neither an answer nor a reason. */
const isMute = ({ answer, reason = "" }: Told): boolean => answer === undefined && !reason.includes("MCP server")

const line = (name: string, told: ReadonlyArray<Told>, timeout: number): string => {
  const kinds = Map.groupBy(told, ({ kind = "answered" }) => kind)
  const counts = [...kinds].map(([kind, all]) => `${all.length} ${kind}`).join(", ")
  const slowest = Math.max(...told.map(({ took }) => took)) / 1000
  return `${name.padEnd(10)} ${counts}; slowest ${slowest.toFixed(2)} s of ${timeout} s`
}
