/** Whoever shows a key: who it is, unless too many wrong ones came from there. */
import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import type { User } from "../wire/wire.ts"
import { neighbourhood } from "./addresses.ts"
import type { Refused } from "./answers.ts"
import { guesses } from "./guesses.ts"
import type { Limits } from "./limits.ts"
import { type FindUser, operator } from "./users.ts"

export interface Door {
  /** What the Authorization header says; `undefined` when there is none. */
  readonly bearer: (request: IncomingMessage) => User | Refused | undefined
  /** For the first frame. */
  readonly authenticate: (socket: Socket) => (key: string | undefined) => User | undefined
}

/** @param find `undefined`: nobody needs a key. */
export const door = (find: FindUser | undefined, limits: Limits): Door => {
  if (find === undefined) return { bearer: () => operator, authenticate: () => () => operator }
  const wrong = guesses(limits)
  const judge = (address: string, key: string): User | undefined => {
    if (wrong.wait(address) > 0) return undefined
    const user = find(key)
    if (user === undefined) wrong.wrong(address, key)
    return user
  }
  return {
    bearer: ({ headers, socket }) => {
      const address = neighbourhood(socket.remoteAddress)
      const wait = wrong.wait(address)
      if (wait > 0) return tooMany(wait)
      if (headers.authorization === undefined) return undefined
      const key = /^Bearer +(\S+) *$/i.exec(headers.authorization)?.[1]
      return (key === undefined ? undefined : judge(address, key)) ?? unknownKey
    },
    authenticate: (socket) => {
      const address = neighbourhood(socket.remoteAddress)
      return (key) => (key === undefined ? undefined : judge(address, key))
    }
  }
}

const unknownKey: Refused = {
  code: 401,
  message: "nobody here has this key (Authorization: Bearer KEY)",
  headers: { "www-authenticate": "Bearer" }
}

const tooMany = (wait: number): Refused => ({
  code: 429,
  message: "too many wrong keys came from this address; try again later",
  headers: { "retry-after": String(Math.ceil(wait / 1000)) }
})
