/** While npm works, one line says so, and is gone afterwards. */
import { PassThrough } from "node:stream"
import { stripVTControlCharacters } from "node:util"
import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { waiting } from "../../../channels/cli/plugin/waiting.ts"
import { heardIo } from "./heard.ts"

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

it("on a terminal it counts, on one row whatever is installed, and goes away", () => {
  const io = heardIo()
  Object.assign(io.stderr, { isTTY: true, columns: 40 })
  const { fetched, end } = waiting(io, "kintsugi-plugin-words\u001b[31m@1.0.0")
  fetched()
  fetched()
  vi.advanceTimersByTime(2000)
  end()
  const rows = io.err().split("\r\u001b[K").slice(1)
  expect(rows.at(-2)).toBe("npm installs kintsugi-plugin-words@1.0…")
  expect(rows.at(-1)).toBe("")
  expect(rows.every((row) => row.length < 40 && row === stripVTControlCharacters(row))).toBe(true)
  const wide = heardIo()
  Object.assign(wide.stderr, { isTTY: true, columns: 100 })
  const other = waiting(wide, "words")
  other.fetched()
  vi.advanceTimersByTime(2000)
  other.end()
  expect(wide.err()).toContain("npm installs words … 1 request, 2 s")
})

it("elsewhere it is said once", () => {
  const io = { ...heardIo(), stderr: new PassThrough({ encoding: "utf8" }) }
  const { fetched, end } = waiting(io, "words")
  fetched()
  vi.advanceTimersByTime(2000)
  end()
  expect(io.stderr.read()).toBe("npm installs words …\n")
})
