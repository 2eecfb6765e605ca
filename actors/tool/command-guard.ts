/** What guards of shell commands say of a call of another tool that runs one: those of a skill's text, the check of a plan's step. */
import { isDeepStrictEqual } from "node:util"
import * as Effect from "effect/Effect"
import { type Answer, type Preview, refuse } from "../../plugins/tool.ts"
import type { HookBus } from "../plugin/hook-bus.ts"
import type { GuardWord } from "./guard-word.ts"

interface Runs {
  readonly session: string
  readonly callId: string
  readonly tool: string
  readonly preview: Preview
}

const runners: ReadonlyArray<string> = ["use_skill", "execute_plan"]

/** @param word Of the call itself. Fails with why the command is refused. */
export const commandGuarded = (
  { guard }: Pick<HookBus, "guard">,
  { session, callId, tool, preview: { command } }: Runs,
  word: GuardWord
): Effect.Effect<GuardWord, Answer> => {
  if (command === undefined || !runners.includes(tool)) return Effect.succeed(word)
  const input = { command }
  return Effect.flatMap(guard({ session, callId, tool: "execute_bash", input }), (said) => {
    if (!isDeepStrictEqual(said.input, input))
      return Effect.fail(
        refuse(
          "permission_denied",
          `a plugin would change the command of ${tool}, which is run as written or not at all`
        )
      )
    return Effect.succeed(word.ask === undefined && said.ask !== undefined ? { ...word, ask: said.ask } : word)
  })
}
