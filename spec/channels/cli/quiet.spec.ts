/** Which of Node's warnings users of the program see. */
import { setImmediate as turn } from "node:timers/promises"
import { expect, it, vi } from "vitest"
import { quietAboutSqlite } from "../../../channels/cli/quiet.ts"

it("is told every warning but the one about SQLite", async () => {
  const { emitWarning } = process
  const heard = vi.fn<(warning: Error) => void>()
  process.on("warning", heard)
  try {
    quietAboutSqlite()
    process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning")
    process.emitWarning("another thing", { type: "SpecWarning", code: "SPEC" })
    process.emitWarning(new Error("as an error"))
    await turn()
  } finally {
    process.off("warning", heard)
    process.emitWarning = emitWarning
  }
  expect(heard.mock.calls.map(([{ name, message }]) => `${name}: ${message}`)).toEqual([
    "SpecWarning: another thing",
    "Error: as an error"
  ])
})
