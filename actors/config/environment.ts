/** Configuration from environment variables: `KINTSUGI_` and the key's path, as in `KINTSUGI_TOOLS_TIMEOUT`. */
import { fromText, keysByVariable } from "./keys.ts"
import { refusal, type Problem } from "./error.ts"
import type { Entry } from "./file.ts"
import { mask } from "./mask.ts"
import type { Environment } from "../folders.ts"
import { nearest } from "../../llm/nearest.ts"
import { otherVariables } from "../settings.ts"

/** A variable that is set but empty counts as not set. One that names no key is a notice: it may belong to another program. */
export const readEnvironment = (env: Environment) => {
  const entries = new Map<string, Entry>()
  const problems: Array<Problem> = []
  const notices: Array<string> = []
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith("KINTSUGI_") || otherVariables.has(name) || text === undefined || text === "") continue
    const key = keysByVariable.get(name)
    if (key === undefined) {
      const [near] = nearest(name, [...keysByVariable.keys(), ...otherVariables])
      notices.push(
        `the environment variable ${name} is not known${near === undefined ? "" : `; did you mean ${near}?`}`
      )
      continue
    }
    const result = key.schema.safeParse(fromText(key.schema, text))
    if (result.success) entries.set(key.path, { value: result.data, where: name })
    for (const issue of result.error?.issues ?? []) {
      const message = refusal(issue.message, mask(key.path, text))
      problems.push({ where: name, key: [key.path, ...issue.path.map(String)].join("."), message })
    }
  }
  return { entries, problems, notices }
}
