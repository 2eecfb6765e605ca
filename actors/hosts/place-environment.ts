/** What a plugin's place sees of our environment: where it is and how people write there. No keys, no `NODE_OPTIONS`. */
import { isSecret } from "../../plugins/ports/environment.ts"

const names: ReadonlyArray<string> = [
  "PATH",
  "HOME",
  "USER",
  "LANG",
  "LANGUAGE",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TMPDIR",
  "NODE_ENV",
  // What Windows needs to start a process at all.
  "SYSTEMROOT",
  "WINDIR",
  "TEMP",
  "TMP",
  "PATHEXT",
  "USERPROFILE"
]

export const placeEnvironment = (ours: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const kept = Object.entries(ours).filter(
    ([name, value]) => value !== undefined && names.includes(name.toUpperCase()) && !isSecret(name, value)
  )
  return { ...Object.fromEntries(kept), NO_COLOR: "1" }
}
