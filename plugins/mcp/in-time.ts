/** Work of which a stranger decides how long it takes (an expression that backtracks, references that multiply), cut off in time. */
import { type Context, createContext, Script } from "node:vm"

/** It was cut off. */
export class TooLong extends Error {
  override readonly name = "TooLong"
}

/** Milliseconds. */
const usual = 250

/** It is an error of the script's own realm. */
const isLate = (error: unknown): boolean =>
  typeof error === "object" && error !== null && Reflect.get(error, "code") === "ERR_SCRIPT_EXECUTION_TIMEOUT"

const slot = "run"
let place: { readonly context: Context; readonly script: Script } | undefined

/**
 * Nothing is sealed off by it: only a script's time can be bounded, so a script runs the work.
 *
 * @param run Synchronous. Whatever it throws is thrown. @throws TooLong
 */
export const inTime = <Result>(run: () => Result, timeout = usual): Result => {
  place ??= { context: createContext({}), script: new Script(`${slot}()`) }
  const { context, script } = place
  const given: Array<Result> = []
  context[slot] = () => void given.push(run())
  try {
    script.runInContext(context, { timeout })
  } catch (error) {
    if (isLate(error)) throw new TooLong(`it takes longer than ${timeout} ms`)
    throw error
  } finally {
    context[slot] = undefined
  }
  const [result] = given
  return result as Result // it ran to its end
}
