/** Before a call runs: its input is decoded, what it is about to do is shown, and it is permitted, refused or asked about. */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { ToolEvent } from "../../machines/tool.ts"
import { decide, ruleFor } from "../../plugins/permission.ts"
import { type Answer, type Preview, refuse, type Tool } from "../../plugins/tool.ts"
import { HostFault } from "../hosts/host.ts"
import { attempt, type Attempt, contained, crashOf } from "./attempt.ts"
import { contextFor, type LaneParts, type Work } from "./order.ts"

/** @returns the event that says how the call goes on. The decoded input is left in `work`. */
export const check = (work: Work, { tool: find }: LaneParts): Effect.Effect<ToolEvent> => {
  const { time } = work
  const checking = Effect.gen(function* () {
    const tool = yield* find
    const input = yield* decoded(work, tool)
    work.input = input
    const preview = yield* sorted(
      tool.name,
      attempt(undefined, (signal) => tool.preview(input, contextFor(work, signal)))
    )
    return yield* permit(work, tool, preview)
  }).pipe(
    // Nothing was done yet: in the plugin's next place it can be checked as well.
    Effect.retry({ while: (error) => error instanceof HostFault, times: 2, schedule: Schedule.spaced(20) }),
    Effect.mapError((error) => (error instanceof HostFault ? contained(error.message) : error))
  )
  return time.within(checking, notChecked(time.limit)).pipe(
    Effect.catch((answer) => Effect.succeed<ToolEvent>({ type: "tool.refused", answer })),
    // The user may take all day.
    Effect.ensuring(time.stop)
  )
}

const notChecked = (limit = 0): Answer =>
  contained(`it could not be checked in ${limit / 1000} s and did not run; try it later or go another way`)

const decoded = (work: Work, tool: Tool): Effect.Effect<unknown, Answer | HostFault> =>
  Effect.gen(function* () {
    const { input } = work.call
    if (typeof input === "string")
      return yield* Effect.fail(refuse("invalid_json_args", `the arguments are not valid JSON: ${excerpt(input)}`))
    const read = yield* sorted(
      tool.name,
      attempt(undefined, () => tool.decode(input))
    )
    return "problems" in read ? yield* Effect.fail(refuse("invalid_arguments", read.problems)) : read.input
  })

/** A check that fails in whatever way ends the call: nobody knows what would be permitted. */
const sorted = <A>(tool: string, attempting: Effect.Effect<Attempt<A>>): Effect.Effect<A, Answer | HostFault> =>
  Effect.flatMap(attempting, (attempted) => {
    if ("value" in attempted) return Effect.succeed(attempted.value)
    if ("refused" in attempted) return Effect.fail(attempted.refused)
    if ("late" in attempted) return Effect.fail(attempted.late)
    const { thrown } = attempted
    return Effect.fail(thrown instanceof HostFault ? thrown : crashOf(tool, thrown).answer)
  })

const permit = ({ call, batch }: Work, tool: Tool, preview: Preview): Effect.Effect<ToolEvent, Answer> =>
  Effect.gen(function* () {
    const { workplace, mode, allowed } = batch
    const attempted = { tool: tool.name, risk: preview.risk ?? tool.risk, preview, cwd: workplace.cwd }
    const policy = { ...workplace.rules, mode, allow: [...workplace.rules.allow, ...allowed] }
    const decision = yield* Effect.promise(() => decide(policy, attempted))
    if (decision.type === "allow") return { type: "tool.permitted" }
    if (decision.type === "deny") return yield* Effect.fail(refuse("permission_denied", decision.reason))

    const rule = yield* Effect.promise(() => ruleFor(attempted))
    if (workplace.unattended)
      return yield* Effect.fail({ ...refuse("permission_denied", nobodyToAsk(rule)), needs: rule })
    return { type: "permission.asked", id: randomUUID(), callId: call.id, input: call.input, rule, ...attempted }
  })

const nobodyToAsk = (rule: string): string =>
  `this needs permission and nobody is here to give it; the user can run with -y (all) or --permissions edits, or add ${JSON.stringify(rule)} to permissions.allow`

const excerpt = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)
