/**
 * `npm run chaos [-- --seed N --seconds S --rate R --json]`: faults from a seed into a running agent; exit 0 when all
 * promises hold. `npm run chaos -- night`, `npm run chaos -- wire` and `npm run chaos -- mcp` have command lines of their own, in
 * `night/main.ts`, `wire/main.ts` and `mcp.ts`.
 */
import { parseArgs } from "node:util"
import { provideFromSources } from "../from-sources.ts"
import { startHeartbeat } from "./heartbeat.ts"

if (process.argv[2] === "night") {
  const { main } = await import("./night/main.ts")
  process.exit(await main(process.argv.slice(3)))
}
if (process.argv[2] === "wire") {
  const { main } = await import("./wire/main.ts")
  process.exit(await main(process.argv.slice(3)))
}
if (process.argv[2] === "mcp") {
  const { main } = await import("./mcp.ts")
  process.exit(await main(process.argv.slice(3)))
}

provideFromSources()
const [{ run }, { pageOf, reportOf }] = await Promise.all([import("./chaos.ts"), import("./report.ts")])

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seconds: { type: "string", default: "60" },
    rate: { type: "string", default: "10" },
    json: { type: "boolean", default: false }
  }
})
const [seed, seconds, rate] = [values.seed, values.seconds, values.rate].map(Number)
const isAmount = (value: number | undefined): value is number => value !== undefined && value > 0 && value <= 1e6
if (!Number.isSafeInteger(seed) || seed === undefined || !isAmount(seconds) || !isAmount(rate) || rate > 100) {
  console.error("usage: npm run chaos -- [--seed N] [--seconds S] [--rate R, at most 100] [--json]")
  process.exit(2)
}

const stop = new AbortController()
/** As a shell tells it. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const
let stopped: keyof typeof codes | undefined
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.once(signal, () => {
    stopped = signal
    stop.abort(new Error(`stopped by ${signal}`))
  })
}

startHeartbeat()
const progress = (line: string): void => {
  if (process.stderr.isTTY) console.error(line)
}

try {
  const report = reportOf(await run({ seed, seconds, rate, progress, signal: stop.signal }))
  console.log(values.json ? JSON.stringify(report, null, 2) : pageOf(report))
  process.exitCode = report.isKept ? 0 : 1
} catch (error) {
  console.error(stopped === undefined ? error : String(error))
  process.exitCode = stopped === undefined ? 1 : codes[stopped]
}
// What was left open is in the report; it is not waited for.
setTimeout(() => process.exit(), 1000).unref()
