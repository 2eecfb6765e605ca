import { expect, it } from "vitest"
import { storeShelf } from "../../../actors/store/stores.ts"
import { workspace } from "../workspace.ts"

it("keeps notes by name: saved, replaced, read, listed, deleted", async () => {
  await using space = await workspace()
  const store = storeShelf(undefined).of("context", "s", "/p")
  const context = async (action: string, more: object = {}) => {
    const { success, data, error } = await space.call("context", { action, ...more }, { store })
    return success ? data : error
  }
  expect(await context("list")).toBe("there are no notes yet")
  expect(await context("read", { key: "a" })).toBe('there is no note "a"; there are no notes yet')
  expect(await context("save", { key: "b", text: "two" })).toBe("saved b")
  expect(await context("save", { key: "a", text: "" })).toBe("saved a")
  expect(await context("save", { key: "b", text: "three" })).toBe("replaced b")
  expect(await context("list")).toBe("a\nb")
  expect(await context("read", { key: "b" })).toBe("three")
  expect(await context("read", { key: "a" })).toBe("")
  expect(await context("read", { key: "c" })).toBe('there is no note "c"; there are: a, b')
  expect(await context("delete", { key: "a" })).toBe("deleted a")
  expect(await context("delete", { key: "a" })).toBe('there is no note "a"; there are: b')
  expect(await context("list")).toBe("b")
})

it("says what is missing", async () => {
  await using space = await workspace()
  const store = storeShelf(undefined).of("context", "s", "/p")
  for (const [input, said] of [
    [{ action: "read" }, "read needs a key"],
    [{ action: "save", key: "" }, "save needs a key"],
    [{ action: "save", key: "a" }, "save needs a text"]
  ] as const)
    expect(await space.call("context", input, { store })).toMatchObject({
      errorClass: "invalid_arguments",
      error: said
    })
  await expect(space.call("context", { action: "burn" }, { store })).rejects.toThrow("action")
})
