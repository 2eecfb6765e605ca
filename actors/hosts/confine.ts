/**
 * Closes in a child what Node's permission model leaves open: signals to other processes, their debugger and priority.
 * The ways are closed where Node's own code goes through them, so that each name of them is closed with it.
 */
import { syncBuiltinESMExports } from "node:module"
import os from "node:os"

/** EPERM, as the system says it. */
const notPermitted = -1

export const confine = (): void => {
  const signal: unknown = Reflect.get(process, "_kill")
  const own = process.pid
  const refuse = (): never => {
    throw Object.assign(new Error("a plugin may not touch other processes"), { code: "ERR_ACCESS_DENIED" })
  }
  if (typeof signal === "function")
    Object.defineProperty(process, "_kill", {
      value: (id: number, name: number) => (id === own ? Reflect.apply(signal, process, [id, name]) : notPermitted)
    })
  for (const name of ["_debugProcess", "_debugEnd"]) Reflect.deleteProperty(process, name)
  os.setPriority = refuse
  syncBuiltinESMExports()
}
