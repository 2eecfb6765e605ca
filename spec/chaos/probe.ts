/** Whether everything works again when the faults have ended: one call of each plugin, tried until it is right. */
import { setTimeout as sleep } from "node:timers/promises"
import { brokenPlugins, neighbours } from "./bundle.ts"
import { type Call, judge } from "./call.ts"
import type { Oracle } from "./oracle.ts"
import { usualLimit } from "./script.ts"
import type { Stage } from "./stage.ts"
import { makeUser } from "./user.ts"

/** Milliseconds until nobody hopes any more: a breaker that opened last of all rests for thirty seconds. */
const patience = 60_000

const names = [
  ...brokenPlugins.map((name) => `${name}_throw`),
  ...neighbours.map((name) => `${name}_double`),
  "local_double"
]

const calls = (round: number): ReadonlyArray<Call> => {
  const common = { isHealthy: false, limit: usualLimit, isParallel: true }
  const doubles = names.map((name, n) => ({
    ...common,
    id: `probe_${round}_${name}`,
    name,
    input: { n },
    expected: { data: n * 2 }
  }))
  const counters = ["near_count", "far_count"].map((name) => {
    const token = `call_probe_${round}_${name}`
    const input = { token, after: "answers" }
    return { ...common, id: token, name, input, token, expected: { data: token }, isParallel: false }
  })
  return [...doubles, ...counters]
}

/** @returns names of what does not answer rightly. */
export const probe = async (stage: Stage, oracle: Oracle, signal: AbortSignal): Promise<ReadonlyArray<string>> => {
  const given = performance.now() + patience
  const user = makeUser({ ...stage, oracle })
  for (let round = 1; ; round++) {
    await stage.watch.reviveAll()
    const asked = calls(round)
    const turn = await user.once(asked)
    const wrong = asked.filter((call) => {
      const [answer] = turn.answers.get(call.id) ?? []
      return answer === undefined || judge(call, answer) !== "right"
    })
    if (wrong.length === 0 || performance.now() > given || signal.aborted) return wrong.map(({ name }) => name)
    await sleep(1000)
  }
}
