/** The file of logins at MCP servers: `mcp-auth.json` in the data folder, for the user alone. What it holds goes to nobody but whom it is for. */
import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout } from "node:timers/promises"
import { learn } from "../../llm/learnt.ts"
import { privateText } from "../keys/key-file.ts"
import { replaceFile } from "../replace-file.ts"
import { isSection } from "../settings.ts"

/** What is known of a login at one server, by its address: a server of another address never gets it, whatever its name. */
export interface Login {
  /** The authorization server that gave all this; no other gets any of it. */
  readonly issuer?: string
  readonly client?: {
    readonly client_id: string
    readonly client_secret?: string
    /** How it identifies itself, as the authorization server registered it. */
    readonly token_endpoint_auth_method?: string
  }
  readonly accessToken?: string
  readonly refreshToken?: string
  /** Milliseconds since the Unix epoch. */
  readonly renewedAt?: number
  /** What was asked for, as RFC 6749 has it: names with spaces between them. */
  readonly scope?: string
  /** What the server asked for since; the next login asks for it, too. */
  readonly wanted?: { readonly scope?: string; readonly metadata?: string }
}

/** The file cannot be used, or not now; it is as it was. */
export class LoginStoreError extends Error {
  override readonly name = "LoginStoreError"
}

/** @throws LoginStoreError */
const contentOf = (path: string): Readonly<Record<string, unknown>> => {
  const read = privateText(path)
  if (read === undefined) return {}
  if ("problem" in read) throw new LoginStoreError(read.problem)
  const content = parsed(read.text)
  if (content !== undefined) return content
  throw new LoginStoreError(
    `${path} is damaged: it is no JSON object. It was not changed; move it away and log in again with: kintsugi mcp login`
  )
}

/** An error of the parser would quote the text. */
const parsed = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isSection(value) ? { ...value } : undefined
  } catch {
    return undefined
  }
}

/** @param address As configured. @throws LoginStoreError when the file cannot be used. */
export const readLogin = (path: string, address: string): Login => {
  const all = contentOf(path)
  const login = loginIn(Object.hasOwn(all, keyOf(address)) ? all[keyOf(address)] : undefined)
  for (const secret of [login.accessToken, login.refreshToken, login.client?.client_secret])
    if (secret !== undefined) learn(secret)
  return login
}

/** The same server by another spelling of its address; query and path count, a fragment is never sent. */
export const keyOf = (address: string): string => {
  const url = URL.parse(address)
  if (url === null) return address
  url.hash = ""
  return url.href
}

/** Nothing of it is needed: whatever is damaged is asked for again. */
const loginIn = (value: unknown): Login => {
  const { issuer, client, accessToken, refreshToken, renewedAt, scope, wanted } = fieldsOf(value)
  const registered = clientIn(client)
  const wish = fieldsOf(wanted)
  return {
    ...texts({ issuer, accessToken, refreshToken, scope }),
    ...(typeof renewedAt === "number" ? { renewedAt } : {}),
    ...(registered === undefined ? {} : { client: registered }),
    ...(wanted === undefined ? {} : { wanted: texts({ scope: wish.scope, metadata: wish.metadata }) })
  }
}

const clientIn = (value: unknown): Login["client"] => {
  const { client_id, client_secret, token_endpoint_auth_method } = fieldsOf(value)
  return typeof client_id !== "string"
    ? undefined
    : { client_id, ...texts({ client_secret, token_endpoint_auth_method }) }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> => (isSection(value) ? { ...value } : {})

const texts = (all: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (typeof value === "string" && value !== "" ? [[name, value]] : []))
  )

/** Makes the new login of the old one; `undefined`: nothing is stored any more. @returns whether something was. @throws LoginStoreError */
export const changeLogin = (
  path: string,
  address: string,
  change: (before: Login) => Login | undefined
): Promise<boolean> => alone(path, async () => storeLogin(path, address, change(readLogin(path, address))))

/** For whoever is alone with the file; whatever else stands in it stays. @returns whether something was stored. */
export const storeLogin = (path: string, address: string, login: Login | undefined): boolean => {
  const key = keyOf(address)
  const all = contentOf(path)
  const was = Object.hasOwn(all, key)
  const { [key]: _, ...others } = all
  if (login === undefined && !was) return false
  replaceFile(path, `${JSON.stringify(login === undefined ? others : { ...others, [key]: login }, null, 2)}\n`)
  return was
}

/** Milliseconds. A refresh asks over the network while it holds the lock. */
const patience = 30_000
const pause = 40

/**
 * Of all processes only one at a time: a refresh token that is used twice is taken for a stolen one by many servers. The lock is
 * SQLite's, which ends with its holder, however that ends.
 */
export const alone = async <T>(path: string, act: () => Promise<T>): Promise<T> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const until = performance.now() + patience
  for (;;) {
    const lock = taken(`${path}.lock`)
    if (lock === undefined && performance.now() > until)
      throw new LoginStoreError(`another process has been writing ${path} for over ${patience / 1000} s; try again`)
    if (lock === undefined) {
      await setTimeout(pause)
      continue
    }
    try {
      return await act()
    } finally {
      lock.close()
    }
  }
}

const taken = (file: string): DatabaseSync | undefined => {
  closeSync(openSync(file, "a", 0o600))
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec("begin exclusive")
    return lock
  } catch (error) {
    lock.close()
    // SQLITE_BUSY is 5.
    if (error instanceof Error && "errcode" in error && error.errcode === 5) return undefined
    throw error
  }
}
