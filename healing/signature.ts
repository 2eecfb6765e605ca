/**
 * What the errors of Node and V8 mean. V8's messages change between its major versions: the spec provokes the real ones,
 * so that a new Node shows where they drifted.
 */
import { type Fact, otherInput, type Signature } from "./signature/fact.ts"
import { language } from "./signature/language.ts"
import { badSyntax, loading } from "./signature/loading.ts"
import { system } from "./signature/system.ts"

export type { Fact, FailureClass, Signature } from "./signature/fact.ts"

/** The first that matches counts. */
const signatures: ReadonlyArray<Signature> = [...system, ...loading, ...language, badSyntax]

/** @returns `undefined` for what nobody knows. */
export const signatureOf = (fact: Fact): Signature | undefined => signatures.find((one) => one.matches(fact))

/** What an error is that nobody knows. */
export const unknownSignature: Signature = {
  kind: "unknown",
  errorClass: "execution_error",
  matches: () => true,
  hint: `It may be a bug in the tool. ${otherInput}`
}

/** What a message names; each at most once. */
export interface Names {
  readonly property?: string
  readonly subject?: string
  readonly importer?: string
}

export const namesIn = (signature: Signature, message: string): Names => {
  for (const pattern of signature.names ?? []) {
    const groups = pattern.exec(message)?.groups
    if (groups !== undefined) return groups
  }
  return {}
}

const hopeless: ReadonlySet<string> = new Set(signatures.filter((one) => one.isHopeless).map(({ kind }) => kind))

/** A failure of the code as such, at loading: no other call avoids it. */
export const isHopeless = (kind: string): boolean => hopeless.has(kind)
