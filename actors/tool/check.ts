/** Before a call runs: its input is decoded, what it is about to do is shown, and it is permitted, refused or asked about. */
import { randomUUID } from "node:crypto"
import * as Effect from "effect/Effect"
import type { ToolEvent } from "../../machines/tool.ts"
import { decide, type Decision, type Policy, ruleFor } from "../../plugins/permission.ts"
import { type Answer, type Preview, refuse, type Tool } from "../../plugins/tool.ts"
import { HostFault } from "../hosts/host.ts"
import { commandGuarded } from "./command-guard.ts"
import { decidedWith, type GuardWord, heard, nobodyToAsk, shownWith } from "./guard-word.ts"
import { attempt, type Attempt, contained, crashOf } from "./attempt.ts"
import { type Batch, contextFor, type LaneParts, type Work } from "./order.ts"

/** @returns the event that says how the call goes on. The decoded input is left in `work`. */
export const check = (work: Work, parts: LaneParts): Effect.Effect<ToolEvent> =>
  checked(work, parts, patience).pipe(
    Effect.catch((error) => {
      const answer = error instanceof HostFault ? contained(error.message) : error
      return Effect.succeed<ToolEvent>({ type: "tool.refused", answer })
    }),
    // The user may take all day.
    Effect.ensuring(work.time.stop)
  )

/** Places that may end under a call before it is given up. */
const patience = 2

/** Nothing is done yet: when its place ends under it, the call can be checked in the plugin's next place as well. */
const checked = (work: Work, parts: LaneParts, more: number): Effect.Effect<ToolEvent, Answer | HostFault> => {
  const checking = Effect.catchIf(
    checkedOnce(work, parts),
    (error) => error instanceof HostFault && more > 0,
    () => Effect.delay(checked(work, parts, more - 1), 20)
  )
  return more < patience ? checking : work.time.within(checking, notChecked(work.time.limit))
}

const checkedOnce = (work: Work, { plugin, tool: find }: LaneParts): Effect.Effect<ToolEvent, Answer | HostFault> =>
  Effect.gen(function* () {
    const { id: callId, name, input: asked } = work.call
    const { session, hooks } = work.batch.workplace
    // Guards have a time of their own.
    yield* work.time.stop
    const word = yield* Effect.ensuring(hooks.guard({ session, callId, tool: name, input: asked }), work.time.go)
    work.raw = word.input
    const tool = yield* find(work.time)
    const input = yield* decoded(work, tool)
    work.input = input
    const previewing = attempt((signal) => tool.preview(input, contextFor(plugin, work, signal)))
    const preview = yield* sorted(tool.name, previewing)
    yield* work.time.stop
    const said = commandGuarded(hooks, { session, callId, tool: tool.name, preview }, heard(work.call, word))
    return yield* permit(work, tool, preview, yield* Effect.ensuring(said, work.time.go))
  })

const notChecked = (limit = 0): Answer =>
  contained(`it could not be checked in ${limit / 1000} s and did not run; try it later or go another way`)

const decoded = (work: Work, tool: Tool): Effect.Effect<unknown, Answer | HostFault> =>
  Effect.gen(function* () {
    const { raw: input } = work
    if (typeof input === "string")
      return yield* Effect.fail(refuse("invalid_json_args", `the arguments are not valid JSON: ${excerpt(input)}`))
    const read = yield* sorted(
      tool.name,
      attempt(() => tool.decode(input))
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

const permit = (
  { call, batch, raw }: Work,
  tool: Tool,
  preview: Preview,
  word: GuardWord
): Effect.Effect<ToolEvent, Answer> =>
  Effect.gen(function* () {
    const { cwd, unattended } = batch.workplace
    const attempted = { tool: tool.name, risk: preview.risk ?? tool.risk, preview, cwd }
    const policy = policyOf(batch)
    const decided = yield* Effect.promise(async () =>
      stricter(await decide(policy, attempted), call.via === undefined ? undefined : await underName(call.via, policy))
    )
    const decision = decidedWith(decided, word)
    if (decision.type === "allow") return { type: "tool.permitted" }
    if (decision.type === "deny") return yield* Effect.fail(refuse("permission_denied", decision.reason))

    const rule = word.ask === undefined ? yield* Effect.promise(() => ruleFor(attempted)) : ""
    if (unattended)
      return yield* Effect.fail({
        ...refuse("permission_denied", nobodyToAsk(rule, word)),
        ...(rule !== "" && { needs: rule })
      })
    const { cwd: _, ...asked } = { ...attempted, preview: shownWith(preview, word) }
    return { type: "permission.asked", id: randomUUID(), callId: call.id, input: raw, rule, ...asked }
  })

/** What holds for a call of this batch: the rules as they are now, and what was said and is followed in this turn. */
export const policyOf = ({ workplace: { rules }, mode, allowed, only }: Batch): Policy => ({
  ...rules,
  mode,
  allow: [...rules.allow, ...allowed],
  only: [...(rules.only ?? []), ...only]
})

/** What the rules say of the tool that the model called for it; the mode is asked of the tool itself. */
const underName = (tool: string, policy: Policy): Promise<Decision> =>
  decide({ ...policy, mode: "auto" }, { tool, risk: "read", preview: {}, cwd: "/" })

const strictness: ReadonlyArray<Decision["type"]> = ["allow", "ask", "deny"]

const stricter = (one: Decision, other: Decision = one): Decision => {
  const more = strictness.indexOf(other.type) - strictness.indexOf(one.type)
  // Of two that ask, a rule is the stricter one.
  return more > 0 || (more === 0 && other.type === "ask" && other.by === "rule") ? other : one
}

const excerpt = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text)
