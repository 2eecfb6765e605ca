/** Whoever shows a key: who it is, unless too many wrong ones came from there. */
import type { IncomingMessage } from "node:http"
import type { Unheard, User } from "../wire/wire.ts"
import type { Refused } from "./answers.ts"
import type { Clients } from "./clients.ts"
import { guesses } from "./guesses.ts"
import type { Limits } from "./limits.ts"
import { type FindUser, operator } from "./users.ts"

export interface Door {
  /** What the Authorization header says; `undefined` when there is none. */
  readonly bearer: (request: IncomingMessage) => User | Refused | undefined
  /** For the first frame of what a request became. */
  readonly authenticate: (request: IncomingMessage) => (key: string | undefined) => User | Unheard | undefined
}

/** @param find `undefined`: nobody needs a key. */
export const door = (find: FindUser | undefined, limits: Limits, clients: Clients): Door => {
  if (find === undefined) return { bearer: () => operator, authenticate: () => () => operator }
  const wrong = guesses(limits)
  const judge = (address: string, key: string): User | undefined => {
    const user = find(key)
    if (user === undefined) wrong.wrong(address, key)
    return user
  }
  return {
    bearer: (request) => {
      const { headers } = request
      const address = clients.of(request)
      const wait = wrong.wait(address)
      if (wait > 0) return tooMany(wait)
      if (headers.authorization === undefined) return undefined
      const key = /^Bearer +(\S+) *$/i.exec(headers.authorization)?.[1]
      return (key === undefined ? undefined : judge(address, key)) ?? unknownKey
    },
    authenticate: (request) => {
      const address = clients.of(request)
      return (key) => {
        if (key === undefined) return undefined
        return wrong.wait(address) > 0 ? { unheard: guessed } : judge(address, key)
      }
    }
  }
}

const unknownKey: Refused = {
  code: 401,
  message: "nobody here has this key (Authorization: Bearer KEY)",
  headers: { "www-authenticate": "Bearer" }
}

const guessed = "too many wrong keys came from this address; try again later"

const tooMany = (wait: number): Refused => ({
  code: 429,
  message: guessed,
  headers: { "retry-after": String(Math.ceil(wait / 1000)) }
})
