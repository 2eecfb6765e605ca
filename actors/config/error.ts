/** What is wrong with a configuration: everything at once, each with its place. */

export interface Problem {
  /** `file:line:column`, or the name of an environment variable. */
  readonly where: string
  /** Path of the key, empty for the file as a whole. */
  readonly key: string
  /** What was expected and what stands there. */
  readonly message: string
}

export class ConfigError extends Error {
  override readonly name = "ConfigError"
  readonly problems: ReadonlyArray<Problem>
  constructor(problems: ReadonlyArray<Problem>) {
    super(problems.map(describeProblem).join("\n"))
    this.problems = problems
  }
}

export const describeProblem = ({ where, key, message }: Problem): string =>
  [where, key === "" ? message : `${key}: ${message}`].filter((part) => part !== "").join(" ")

/** A value that somebody else wrote, for a message: no control characters, no length. */
export const shown = (value: unknown): string => {
  if (value === undefined || value === null) return "nothing"
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

/** What a schema says of a value, as a sentence. */
export const refusal = (expectation: string, value: unknown): string =>
  `${/\bexpected\b/.test(expectation) ? expectation : `expected ${expectation}`}, got ${shown(value)}`
