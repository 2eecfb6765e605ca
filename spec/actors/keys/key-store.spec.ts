import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as fc from "fast-check"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { keyFileIn, readKeyFile } from "../../../actors/keys/key-file.ts"
import { openKeyStore } from "../../../actors/keys/key-store.ts"
import { forgetKey, KeyStoreError, storeKey } from "../../../actors/keys/write-key.ts"
import { withoutKeys } from "../../../llm/redact.ts"

let root = ""
let path = ""
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kintsugi-keys-"))
  path = keyFileIn(join(root, "data"))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const put = (text: string, mode = 0o600): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
}
const modeOf = (file: string): number => statSync(file).mode & 0o777

describe("stored keys", () => {
  it("are for the user alone, and nothing else is left beside them", () => {
    storeKey(path, "openai", { key: "sk-one" })
    expect([modeOf(path), modeOf(dirname(path)), modeOf(join(dirname(path), "auth.lock"))]).toEqual([
      0o600, 0o700, 0o600
    ])
    expect(readdirSync(dirname(path)).toSorted()).toEqual(["auth.json", "auth.lock"])
    chmodSync(dirname(path), 0o755)
    storeKey(path, "groq", { key: "gsk-two" })
    expect(modeOf(dirname(path))).toBe(0o700)
  })

  it("come back by provider, with the values of its address", () => {
    const store = openKeyStore(path)
    expect(store.ids()).toEqual([])
    storeKey(path, "openai", { key: "!pass show openai" })
    storeKey(path, "azure", { values: { AZURE_RESOURCE_NAME: "mine" } })
    expect([store.ids(), store.all(), store.key("openai")]).toEqual([
      ["openai"],
      ["openai", "azure"],
      "!pass show openai"
    ])
    storeKey(path, "azure", { key: "az", values: { OTHER: "x" } })
    expect([store.value("azure", "AZURE_RESOURCE_NAME"), store.value("azure", "OTHER")]).toEqual(["mine", "x"])
    storeKey(path, "azure", { values: { OTHER: "y" } })
    expect([store.key("azure"), store.variables("azure")]).toEqual(["az", ["AZURE_RESOURCE_NAME", "OTHER"]])
    expect([store.variables("openai"), store.variables("groq")]).toEqual([[], []])
    expect([forgetKey(path, "openai"), forgetKey(path, "openai")]).toEqual([true, false])
    expect([store.ids(), store.key("openai"), store.problem()]).toEqual([["azure"], undefined, undefined])
  })

  it("of a provider that is not ours go to the address only that they were stored for", () => {
    storeKey(path, "mine", { key: "k-mine", address: "https://one.example" })
    const store = openKeyStore(path)
    expect(store.key("mine", "https://one.example")).toBe("k-mine")
    expect([store.key("mine", "https://two.example"), store.key("mine")]).toEqual([undefined, undefined])
    storeKey(path, "mine", { values: { X: "y" }, address: "https://two.example" })
    expect(store.key("mine", "https://two.example")).toBeUndefined()
    storeKey(path, "openai", { key: "sk-ours" })
    expect(store.key("openai", "https://two.example")).toBeUndefined()
  })

  it("are hidden wherever this process writes, once they are read; a command is not", () => {
    storeKey(path, "openai", { key: "stored-canary-1" })
    storeKey(path, "groq", { key: "!pass show stored-canary" })
    openKeyStore(path).key("groq")
    storeKey(path, "xai", { key: "stored-canary-1-and-more" })
    openKeyStore(path).ids()
    expect(withoutKeys("<stored-canary-1-and-more>", [])).toBe("<[key]>")
    expect(withoutKeys("stored-canary-1 !pass show stored-canary", [])).toBe("[key] !pass show stored-canary")
  })

  it.each([0o644, 0o640, 0o602, 0o666])("are not used when others may touch the file (mode %o)", (mode) => {
    put('{"openai":{"key":"sk-seen"}}', mode)
    const store = openKeyStore(path)
    expect([store.ids(), store.key("openai")]).toEqual([[], undefined])
    expect(store.problem()).toMatch(
      /may be read or written by other users, so it is not used; close it with: chmod 600 /
    )
    expect(() => storeKey(path, "groq", { key: "x" })).toThrow(KeyStoreError)
    expect([readFileSync(path, "utf8"), modeOf(path)]).toEqual(['{"openai":{"key":"sk-seen"}}', mode])
    chmodSync(path, 0o600)
    expect([store.key("openai"), store.problem()]).toEqual(["sk-seen", undefined])
  })

  it.each(["", "{", "[]", '"x"', "null", '{"openai":{"key":"sk-torn'])(
    "are left as they are when the file is damaged: %s",
    (text) => {
      put(text)
      const store = openKeyStore(path)
      expect(store.ids()).toEqual([])
      expect(store.problem()).toMatch(/is damaged: it is no JSON object\. It was not changed; mend it/)
      expect(store.problem()).not.toContain("sk-torn")
      expect(() => storeKey(path, "groq", { key: "x" })).toThrow(KeyStoreError)
      expect(() => forgetKey(path, "openai")).toThrow(KeyStoreError)
      expect(readFileSync(path, "utf8")).toBe(text)
    }
  )

  it("lose one part that is damaged, and keep it in the file", () => {
    const odd = {
      a: 5,
      b: null,
      c: { key: 7 },
      d: { key: "" },
      e: { key: "k", values: { X: 1 } },
      f: { key: "k", address: 1 }
    }
    put(JSON.stringify({ ...odd, openai: { key: "sk-good", later: true } }))
    const store = openKeyStore(path)
    expect([store.ids(), store.flaws().length]).toEqual([["openai"], 6])
    storeKey(path, "groq", { key: "gsk" })
    storeKey(path, "openai", { key: "sk-new" })
    const content = { ...odd, openai: { key: "sk-new", later: true }, groq: { key: "gsk" } }
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(content)
    for (const id of Object.keys(odd))
      expect(() => storeKey(path, id, { key: "new" })).toThrow(
        `what ${path} holds for ${id} is damaged; nothing was changed. Mend it, or forget it first: kintsugi auth logout ${id}`
      )
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual(content)
    expect(forgetKey(path, "a")).toBe(true)
    storeKey(path, "a", { key: "mended" })
    expect(store.key("a")).toBe("mended")
  })

  it("stay where a link leads", () => {
    mkdirSync(dirname(path))
    const real = join(root, "elsewhere.json")
    writeFileSync(real, "{}", { mode: 0o600 })
    symlinkSync(real, path)
    storeKey(path, "openai", { key: "sk-linked" })
    expect([JSON.parse(readFileSync(real, "utf8")), modeOf(real)]).toEqual([{ openai: { key: "sk-linked" } }, 0o600])
    rmSync(path)
    mkdirSync(join(root, "dotfiles"))
    symlinkSync(join("..", "dotfiles", "link.json"), path)
    symlinkSync(join("new", "auth.json"), join(root, "dotfiles", "link.json"))
    storeKey(path, "groq", { key: "gsk" })
    const target = join(root, "dotfiles", "new", "auth.json")
    expect([JSON.parse(readFileSync(target, "utf8")), modeOf(target)]).toEqual([{ groq: { key: "gsk" } }, 0o600])
    expect(openKeyStore(path).key("groq")).toBe("gsk")
  })

  it("are told to be unreadable when a folder stands in their place", () => {
    mkdirSync(path, { recursive: true })
    expect(openKeyStore(path).problem()).toMatch(/auth\.json is a folder; keys are kept in a file of this name: move/)
  })

  it("hold whatever was stored last, for any names and keys", () => {
    const name = fc.string({ minLength: 1, maxLength: 12 }).filter((id) => id !== "__proto__")
    const step = fc.record({ id: name, key: fc.option(fc.string({ minLength: 1 }).filter((key) => key.trim() !== "")) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        rmSync(path, { force: true })
        const wanted = new Map<string, string>()
        for (const { id, key } of steps) {
          if (key === null) forgetKey(path, id)
          else storeKey(path, id, { key })
          if (key === null) wanted.delete(id)
          else wanted.set(id, key)
        }
        const store = openKeyStore(path)
        expect(new Map(store.ids().map((id) => [id, store.key(id)]))).toEqual(wanted)
      }),
      { numRuns: 25 }
    )
  })

  it("are no more than the file says", () => {
    expect(readKeyFile(join(root, "nowhere", "auth.json"))).toMatchObject({ flaws: [], content: {} })
  })
})
