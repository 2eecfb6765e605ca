/** A model for tests: it plays a script that stands in the program, without a network and without a file. */
import type { ScriptSource } from "./dialects/script.ts"
import type { Model } from "./model.ts"

export type { ScriptSource }

/**
 * Makes a model that says what a script says, as `scripted/PATH.yaml` does from a file. Each call gives a model of its own, whose
 * faults (`error`, `stall_ms`, `truncate`, counted by `times`) begin anew.
 *
 * @param script The first rule whose `when` (a regular expression) matches the newest user message answers it, with one turn per
 *   request since that message. @param id `provider/model`, default `scripted/own`.
 * @throws ModelError `not_configured` (as a rejection) that names what is wrong in the script.
 *
 * @example
 * const model = await scripted({ rules: [{ when: "hello", turns: [{ text: "Hello. You said: {{message}}" }] }] })
 */
export const scripted = async (script: ScriptSource, id = "scripted/own"): Promise<Model> => {
  const [{ scripted: play }, { checkScript }] = await Promise.all([
    import("./dialects/scripted.ts"),
    import("./dialects/script.ts")
  ])
  return play({ id, script: checkScript(id, script) })
}
