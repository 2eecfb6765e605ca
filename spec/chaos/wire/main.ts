/** `npm run chaos -- wire [--sessions N] [--kills N] [--drops N] [--seed N] [--json]`: exit 0 when nothing was lost, doubled or told otherwise. */
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { runWire, type WireRun } from "./wire.ts"

const options = {
  seed: { type: "string", default: "1" },
  sessions: { type: "string", default: "50" },
  kills: { type: "string", default: "3" },
  drops: { type: "string", default: "3" },
  json: { type: "boolean", default: false }
} as const

const isCount = (value: number | undefined, least: number): value is number =>
  value !== undefined && Number.isInteger(value) && value >= least && value <= 1000

const program = fileURLToPath(new URL("../../../channels/cli/bin.ts", import.meta.url))

/** @returns the exit code. */
export const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const { values } = parseArgs({ args: [...args], options })
  const [seed, sessions, kills, drops] = [values.seed, values.sessions, values.kills, values.drops].map(Number)
  if (!Number.isSafeInteger(seed) || !isCount(sessions, 1) || !isCount(kills, 0) || !isCount(drops, 0)) {
    console.error("usage: npm run chaos -- wire [--sessions N] [--kills N] [--drops N] [--seed N] [--json]")
    return 2
  }
  const run = await runWire({ seed: seed ?? 1, sessions, kills, drops, pace: 30, program })
  console.log(values.json ? JSON.stringify(run, null, 2) : pageOf(run))
  return run.isKept ? 0 : 1
}

const says: Readonly<Record<keyof WireRun["broken"], string>> = {
  numbers: "events are numbered from 1, without gaps, none twice, none changed",
  same: "all clients of a session have the same events",
  heard: "kintsugi's own client hears the same, once",
  responses: "every message has one response",
  ends: "every message ends one turn",
  settled: "every call is settled once",
  complete: "whatever the conversation holds was told",
  effects: "whatever a call changes is changed once at most"
}

const pageOf = (run: WireRun): string =>
  [
    `seed ${run.seed}: ${run.sessions} sessions with two clients each, ${run.kills} × kill -9, each connection broken ${run.drops} times, ${run.seconds.toFixed(1)} s`,
    ...run.killedWhile.map((doing) => `killed while: ${words(doing)}`),
    `${run.messages} messages, ${run.calls} calls, ${run.events} events, ${run.requests} requests; ended: ${words(run.ends)}`,
    `turns gone on with ${run.resumed}, calls cut off ${run.interrupted}`,
    `back after the kill: ${spread(run.backAfter)}; after the start: ${spread(run.backAfterStart)}`,
    ...Object.entries(says).map(([name, text]) => line(text, run.broken[name as keyof typeof says])), // its own keys
    run.isKept ? "✓ all kept" : "✗ not kept"
  ].join("\n")

const line = (text: string, broken: ReadonlyArray<string>): string =>
  [`${broken.length === 0 ? "✓" : "✗"} ${text}`, ...broken.slice(0, 5).map((one) => `    ${one}`)].join("\n")

const words = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "nothing"

const spread = (times: ReadonlyArray<number>): string => {
  const sorted = times.toSorted((one, other) => one - other)
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} ms`
}
