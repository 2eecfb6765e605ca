import { expect, it } from "vitest"
import { mirrorOf } from "../../../channels/connect/mirror.ts"
import { sessionFrame } from "./fake-server.ts"

it("says before all else how much of a very long session is not there", () => {
  const noticesOf = (omitted?: number) =>
    mirrorOf(sessionFrame({ notices: ["n"], ...(omitted !== undefined && { omitted }) })).view.notices
  expect(noticesOf(12)).toEqual(["12 earlier messages are not shown", "n"])
  expect(noticesOf(1)).toEqual(["1 earlier message is not shown", "n"])
  expect(noticesOf()).toEqual(["n"])
})
