import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as fc from "fast-check"
import { describe, expect, it, onTestFinished } from "vitest"
import { withoutKeys } from "../../../llm/redact.ts"
import { accessFor } from "../../../channels/websocket/access.ts"
import { saltIn } from "../../../channels/websocket/salt.ts"
import { makeUpKey, usersOf } from "../../../channels/websocket/users.ts"

const salt = Buffer.alloc(32, 7)
const [one, two] = ["first-key-0123456", "other-key-0123456"]

describe("users by their keys", () => {
  it("are found by the whole key and nothing else", () => {
    const find = usersOf([one, { name: "ann", key: two }], salt)
    expect(find(two)).toEqual({ owner: "name:ann", name: "ann" })
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom("", one.slice(1), `${one} `, one.toUpperCase())), (key) => {
        expect(find(key)).toBe(undefined)
      })
    )
  })

  it("keep their owner over a restart, which tells nothing of the key", () => {
    const owner = usersOf([one], salt)(one)?.owner
    expect(usersOf([two, one], salt)(one)?.owner).toBe(owner)
    expect(usersOf([one], Buffer.alloc(32, 8))(one)?.owner).not.toBe(owner)
    expect(owner).toMatch(/^key:[\w-]{22}$/)
    expect(usersOf([two], salt)(two)?.owner).not.toBe(owner)
  })

  it("may change their key while the old one still counts, and are never two", () => {
    const find = usersOf(
      [
        { name: "ann", key: one },
        { name: "ann", key: two }
      ],
      salt
    )
    expect(find(one)).toEqual(find(two))
    expect(() => usersOf([one, { name: "ann", key: one }], salt)).toThrow(/two users have the same key/)
  })

  it("are the machine's own only when it is said", () => {
    expect(usersOf([{ name: "me", key: one, operator: true }], salt)(one)).toEqual({ owner: undefined, name: "me" })
    expect(usersOf([{ name: "me", key: one, operator: false }], salt)(one)?.owner).toBe("name:me")
  })

  it.each(["", " ", "with a blank in it", "with-an-ümlaut-in-it", "with-a\nnew-line-in-it", "with-a\u0000-in-it"])(
    "have no key like %j",
    (key) => {
      for (const one of [key, { name: "ann", key }]) {
        expect(() => usersOf([one], salt)).toThrow(/blanks.*openssl/)
        expect(() => usersOf([one], salt)).not.toThrow(key.trim() === "" ? /never/ : key)
      }
    }
  )

  it("have keys that nothing shows from then on", () => {
    const key = makeUpKey()
    usersOf([two], salt)
    expect(withoutKeys(`<${key}> <${two}>`, [])).toBe("<[key]> <[key]>")
    expect(key).toMatch(/^[\w-]{43}$/)
    expect(makeUpKey()).not.toBe(key)
  })
})

describe("the salt", () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), "kintsugi-salt-"))
    onTestFinished(() => rmSync(path, { recursive: true }))
    return path
  }

  it("is made once, for the user alone", () => {
    const data = join(folder(), "data")
    const made = saltIn(data)
    expect(made).toHaveLength(32)
    expect(saltIn(data)).toEqual(made)
    expect(readdirSync(data)).toEqual(["users.salt"])
    expect(statSync(join(data, "users.salt")).mode & 0o777).toBe(0o600)
    expect(saltIn(join(data, "other"))).not.toEqual(made)
  })

  it("that is damaged is refused, not replaced", () => {
    const data = folder()
    writeFileSync(join(data, "users.salt"), "x")
    expect(() => saltIn(data)).toThrow(/users\.salt is damaged/)
    expect(statSync(join(data, "users.salt")).size).toBe(1)
  })

  it("without a folder lasts as long as the process asks for it", () => {
    expect(saltIn(undefined)).not.toEqual(saltIn(undefined))
  })
})

describe("access", () => {
  const access = (more: Partial<Parameters<typeof accessFor>[0]>) =>
    accessFor({ host: "127.0.0.1", keys: [], requireAuth: true, salt: () => salt, ...more })

  it.each(["0.0.0.0", "::", "192.0.2.1"])("to %s is not opened without keys", async (host) => {
    await expect(access({ host })).rejects.toThrow(/needs a key/)
    await expect(access({ host, requireAuth: false })).rejects.toThrow(/without keys only this machine/)
    await expect(access({ host, requireAuth: false, keys: [one] })).rejects.toThrow(/without keys only this machine/)
    expect(await access({ host, keys: [one] })).not.toHaveProperty("madeUp")
  })

  it.each(["127.0.0.1", "127.8.9.1", "::1", "localhost"])(
    "to %s has a key made up for the machine's user",
    async (host) => {
      const { find, madeUp = "", isHere } = await access({ host })
      expect(isHere).toBe(true)
      expect(find?.(madeUp)).toEqual({ owner: undefined, name: "operator" })
      expect(find?.("")).toBe(undefined)
      expect(await access({ host, requireAuth: false })).toMatchObject({ find: undefined })
    }
  )

  it.each(["127.0.0.1", "::1", "localhost"])("to %s is opened by a short key, with a warning", async (host) => {
    const { find, warning } = await access({ host, keys: ["demo", one] })
    expect(find?.("demo")?.owner).toMatch(/^key:/)
    expect(warning).toMatch(/^a key has fewer than 16 characters, and .* could guess it: openssl rand -base64 24 makes/)
    expect(warning).not.toContain("demo")
    expect(await access({ host, keys: [one, "exactly-16-chars"] })).not.toHaveProperty("warning")
    expect((await access({ host, keys: ["demo", { name: "ann", key: "a" }] })).warning).toMatch(/^2 keys have fewer/)
    expect(await access({ host, requireAuth: false, keys: ["demo"] })).not.toHaveProperty("warning")
  })

  it.each(["0.0.0.0", "::", "192.0.2.1"])("to %s is not opened by a short key", async (host) => {
    for (const short of ["demo", "15-chars-for-it", { name: "ann", key: "demo" }])
      await expect(access({ host, keys: [one, short] })).rejects.toThrow(/^a key has fewer than 16 .* openssl rand/)
    await expect(access({ host, keys: ["demo"] })).rejects.not.toThrow("demo")
  })

  it.each(["127.0.0.1", "::1"])("to %s behind a proxy is as to any other address", async (host) => {
    const proxied = (more: Partial<Parameters<typeof accessFor>[0]>) => access({ host, isProxied: true, ...more })
    await expect(proxied({})).rejects.toThrow(/the proxy in front .* lets in others .* needs a key/)
    await expect(proxied({ requireAuth: false })).rejects.toThrow(/without keys .* the proxy in front/)
    await expect(proxied({ keys: [one, "demo"] })).rejects.toThrow(/^a key has fewer than 16 .* the proxy in front/)
    expect(await proxied({ keys: [one] })).toMatchObject({ isHere: true })
  })

  it("to a name that means nothing says so", async () => {
    await expect(access({ host: "no such host" })).rejects.toThrow(/there is no host "no such host"/)
  })
})
