/** `npm run chaos -- night [--seed N] [--turns N] [--json]`: exit 0 when every turn ended once, as it should, and every wait was obeyed. */
import { parseArgs } from "node:util"
import { type Night, spendNight } from "./night.ts"

const options = {
  seed: { type: "string", default: "1" },
  turns: { type: "string", default: "200" },
  sessions: { type: "string", default: "4" },
  json: { type: "boolean", default: false }
} as const

const isCount = (value: number | undefined): value is number =>
  value !== undefined && Number.isInteger(value) && value > 0 && value <= 1e5

/** @returns the exit code. */
export const main = async (args: ReadonlyArray<string>): Promise<number> => {
  const { values } = parseArgs({ args: [...args], options })
  const [seed, turns, sessions] = [values.seed, values.turns, values.sessions].map(Number)
  if (seed === undefined || !Number.isSafeInteger(seed) || !isCount(turns) || !isCount(sessions)) {
    console.error("usage: npm run chaos -- night [--seed N] [--turns N] [--sessions N] [--json]")
    return 2
  }
  const night = await spendNight({ seed, turns, sessions })
  console.log(values.json ? JSON.stringify(night, null, 2) : pageOf(night))
  return night.isKept ? 0 : 1
}

const counts = (record: Readonly<Record<string, number>>): string =>
  Object.entries(record)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ") || "none"

const pageOf = (night: Night): string =>
  [
    `seed ${night.seed}: ${night.turns} turns in ${night.sessions} sessions, ${night.seconds.toFixed(1)} s`,
    `replied ${night.replied}; failed: ${counts(night.failed)}; without exactly one end: ${night.unended}`,
    `wrong: ${night.wrong.join("; ") || "none"}; lost from the journals: ${night.misremembered}`,
    `replies by ${counts(night.answeredBy)}; the longest turn ${night.longestTurn} ms`,
    ...Object.entries(night.providers).map(
      ([name, { requests, faults, waits, early, unpaired }]) =>
        `${name}: ${requests} requests, ${counts(faults)}; asked to wait ${waits} times, asked too early ${early} times; unpaired ${unpaired}`
    ),
    night.isKept ? "✓ all kept" : "✗ not kept"
  ].join("\n")
