import { expect, it } from "vitest"
import { diagnose } from "../../healing/failure.ts"
import { fingerprintOf } from "../../healing/fingerprint.ts"

const failing = (message: string, place: string, fields: object = {}) =>
  fingerprintOf(
    diagnose(Object.assign(new TypeError(message), { stack: `TypeError: ${message}\n    at f (${place})`, ...fields }))
  )

it("a fingerprint is short, and the same wherever in its file and with whatever values it fails", () => {
  const one = failing("Cannot read properties of undefined (reading 'x')", "/p/a.js:1:2")
  expect(one).toMatch(/^[0-9a-f]{12}$/)
  expect(failing("Cannot read properties of undefined (reading 'x')", "file:///p/a.js?v=7:90:1")).toBe(one)
  expect(failing("bad value 1", "/p/a.js:1:2")).toBe(failing("bad value 2", "/p/a.js:3:4"))
})

it("another kind, class, code, property or file is another one", () => {
  const base = failing("Cannot read properties of undefined (reading 'x')", "/p/a.js:1:2")
  const others = [
    failing("Cannot set properties of undefined (setting 'x')", "/p/a.js:1:2"),
    failing("Cannot read properties of undefined (reading 'y')", "/p/a.js:1:2"),
    failing("Cannot read properties of undefined (reading 'x')", "/p/b.js:1:2"),
    failing("Cannot read properties of undefined (reading 'x')", "/p/a.js:1:2", { code: "ERR_X" }),
    failing("Cannot read properties of undefined (reading 'x')", "/p/a.js:1:2", { name: "RangeError" })
  ]
  expect(new Set([base, ...others]).size).toBe(6)
})
