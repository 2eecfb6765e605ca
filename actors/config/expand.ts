/** `${VAR}` and `${VAR:-default}` in the values of a configuration file; `$${` stands for a literal `${`. */
import type { Environment } from "../folders.ts"

export type Expanded =
  | { readonly text: string }
  /** A variable that is not set and has no default. */
  | { readonly missing: string }
  | { readonly malformed: string }

const reference = /\$\$\{|\$\{(?:([A-Za-z_]\w*)(?::-([^}]*))?\})?/g

/** As in a shell, a default also stands in for a variable that is set but empty. */
export const expand = (text: string, env: Environment): Expanded => {
  let failure: Expanded | undefined
  const expanded = text.replaceAll(reference, (match, name: string | undefined, fallback: string | undefined) => {
    if (match === "$${") return "${"
    if (name === undefined) failure ??= { malformed: text }
    else if (fallback === undefined && env[name] === undefined) failure ??= { missing: name }
    else return fallback === undefined ? (env[name] ?? "") : env[name] || fallback
    return match
  })
  return failure ?? { text: expanded }
}

/** Whether `expand` would change anything in it. */
export const hasReference = (value: unknown): boolean => {
  if (typeof value === "string") return value.includes("${")
  return typeof value === "object" && value !== null && Object.values(value).some(hasReference)
}
