/** Names that nothing is ever injected under. */

/** What the language, or whoever is handed the object, looks for by itself. */
const meaningful: ReadonlySet<string> = new Set(
  [
    "__proto__ constructor prototype then catch finally toJSON valueOf toString toLocaleString hasOwnProperty",
    "isPrototypeOf propertyIsEnumerable __defineGetter__ __defineSetter__ __lookupGetter__ __lookupSetter__"
  ].flatMap((names) => names.split(" "))
)

export const isMeaningful = (key: string): boolean =>
  meaningful.has(key) || key.startsWith("Symbol(") || key.startsWith("@@")

/** A question of one word more: `isAdmin`, `canWrite`, `hasPermission`. */
const questions: ReadonlySet<string> = new Set(
  "is can may has should must allow allows permit permits deny denies require requires".split(" ")
)

const gates: ReadonlySet<string> = new Set(
  [
    "admin admins root superuser owner owners sudo auth authed authenticated authenticate authentication authorized",
    "authorised authorize authorise authorization acl acls allow allowed allows allowlist whitelist permit permitted permission",
    "permissions privilege privileges role roles grant grants granted trust trusted verified verify valid validated approve",
    "approved safe secure secured enabled disabled deny denied denylist blocklist blacklist block blocked ban banned forbid",
    "forbidden restricted readonly locked guard guards policy policies rule rules veto quota quotas limit limits",
    "password passwords secret secrets credential credentials"
  ].flatMap((names) => names.split(" "))
)

/**
 * Whether a name speaks of who may do what. Then nothing stands in for it, not even an empty list: where nobody is
 * blocked, everybody may. The rule: a word of the name is one of `gates`, or its first word asks and another follows.
 */
export const isGate = (key: string): boolean => {
  const words = key
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .split(/[^\p{L}\d]+/u)
    .filter(Boolean)
  return words.some((word) => gates.has(word)) || (words.length > 1 && questions.has(words[0] ?? ""))
}
