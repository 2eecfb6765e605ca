/** The cases of OTP's suite that speak of things that Kintsugi does not have, and why each is left out. */
import type { Name } from "./names.ts"

export interface LeftOut {
  readonly name: Name
  readonly reason: string
}

export const leftOut: ReadonlyArray<LeftOut> = [
  {
    name: "sup_start_ignore_init",
    reason:
      "A callback module may decline to be a supervisor at all; our supervisor is a spec, and data declines nothing."
  },
  {
    name: "external_start_no_progress_log",
    reason: "It reads the levels and the shape of log entries that OTP's logger gets; the kernel writes no log."
  },
  {
    name: "get_callback_module",
    reason: "It asks for the callback module; there is none, and the spec of each child can be read."
  },
  {
    name: "format_log_1",
    reason: "It checks the wording and the depth limit of OTP's error reports; the kernel tells reasons as data."
  },
  {
    name: "format_log_2",
    reason: "It checks the one-line and the shortened forms of OTP's reports; the kernel tells reasons as data."
  }
]
