/** What an error says of itself, and what a signature is: how one kind of failure is known. */

/** The classes a model may react to, as answers carry them. */
export type FailureClass =
  | "missing_dependency"
  | "permission_denied"
  | "invalid_arguments"
  | "network_timeout"
  | "not_found"
  | "cancelled"
  | "execution_error"

/** What an error says of itself; empty where it says nothing. */
export interface Fact {
  readonly name: string
  /** For example `ENOENT` or `ERR_MODULE_NOT_FOUND`. */
  readonly code: string
  /** The system call that failed, for example `open` or `spawn rg`. */
  readonly call: string
  readonly message: string
  readonly stack: string
}

export interface Signature {
  readonly kind: string
  readonly errorClass: FailureClass
  readonly matches: (fact: Fact) => boolean
  /** Where the message names things, by groups `property`, `subject` and `importer`. The first that matches counts. */
  readonly names?: ReadonlyArray<RegExp>
  /** What the model may try. */
  readonly hint: string
  /** The code cannot be loaded: no other arguments help. */
  readonly isHopeless?: boolean
}

export const coded =
  (code: RegExp) =>
  (fact: Fact): boolean =>
    code.test(fact.code)

/** An error of the language itself: its class, and how its message reads. */
export const said =
  (name: string, message: RegExp) =>
  (fact: Fact): boolean =>
    fact.name === name && message.test(fact.message)

export const otherInput = "Other arguments may avoid the bug; otherwise reach the goal with another tool."
