/** A typed line and what it means for a field. */
import { expect, it } from "vitest"
import { readLine } from "../../channels/form-line.ts"
import type { Field } from "../../plugins/inquiry.ts"

it("takes a number for an option's, unless an option is called so", () => {
  const options = [{ value: "2", title: "Two" }, { value: "1" }, { value: "x" }]
  const one: Field = { name: "f", type: "choice", required: false, options }
  const many: Field = { name: "f", type: "choices", required: false, options }
  expect(readLine(one, "2")).toEqual({ value: "2" })
  expect(readLine(one, "3")).toEqual({ value: "x" })
  expect(readLine(one, "4")).toHaveProperty("problem")
  expect(readLine(many, "1, 3")).toEqual({ value: ["1", "x"] })
})
