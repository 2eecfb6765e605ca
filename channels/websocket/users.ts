/** Whose key it is. A key is compared in constant time, and its user is named by something that tells nothing of it. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import { learn } from "../../llm/learnt.ts"
import type { User } from "../wire/wire.ts"
import { AccessError } from "./access-error.ts"

/**
 * A text is a user of its own; two keys of one `name` are the same user, so that a key can be replaced. `operator`: it is
 * this machine's own user.
 */
export type ClientKey = string | { readonly name: string; readonly key: string; readonly operator?: boolean }

/** @returns `undefined` when nobody has this key. Takes the same time for each. */
export type FindUser = (key: string) => User | undefined

export const operator: User = { owner: undefined, name: "operator" }

/** Characters; one of 16 letters and digits that a person did not think of cannot be guessed over a network. */
export const enough = 16

/** How many are short enough to be guessed. */
export const shortOf = (keys: ReadonlyArray<ClientKey>): number =>
  keys.filter((one) => textOf(one).length < enough).length

const textOf = (one: ClientKey): string => (typeof one === "string" ? one : one.key)

/**
 * @param salt Kept, since owners of keys without a name are made with it.
 * @throws AccessError when one can be no key or two users have the same.
 */
export const usersOf = (keys: ReadonlyArray<ClientKey>, salt: Buffer): FindUser => {
  const ofProcess = randomBytes(32)
  const digest = (key: string): Buffer => createHmac("sha256", ofProcess).update(key).digest()
  const entries = keys.map((one) => {
    const key = textOf(one)
    check(key)
    learn(key)
    return { digest: digest(key), user: userOf(one, salt) }
  })
  for (const { digest, user } of entries)
    if (entries.some((other) => other.digest.equals(digest) && other.user.owner !== user.owner))
      throw new AccessError(`two users have the same key (${user.name} is one of them): give each a key of its own`)
  return (key) => {
    const shown = digest(key)
    let found: User | undefined
    for (const entry of entries) if (timingSafeEqual(entry.digest, shown)) found = entry.user
    return found
  }
}

const check = (key: string): void => {
  if (/^[\x21-\x7e]+$/.test(key)) return
  throw new AccessError(
    "a key is not empty and has neither blanks nor accents, since it travels in a header; make one with: openssl rand -base64 24"
  )
}

const userOf = (one: ClientKey, salt: Buffer): User => {
  if (typeof one !== "string") {
    if (one.operator) return { owner: undefined, name: one.name }
    return { owner: `name:${one.name}`, name: one.name }
  }
  const id = createHmac("sha256", salt).update(one).digest("base64url").slice(0, 22)
  return { owner: `key:${id}`, name: `user-${id.slice(0, 6)}` }
}

/** 256 random bits, as they may stand in an URL. */
export const makeUpKey = (): string => {
  const key = randomBytes(32).toString("base64url")
  learn(key)
  return key
}
