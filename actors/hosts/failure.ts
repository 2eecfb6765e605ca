/** What a plugin's failure means, whether its code threw or its place ended. */
import { diagnose, diagnoseEnding, type Failure } from "../../healing/failure.ts"
import { HostFault } from "./host.ts"

/** Never throws, whatever it is given. */
export const failureOf = (thrown: unknown): Failure =>
  thrown instanceof HostFault ? diagnoseEnding(thrown) : diagnose(thrown)
