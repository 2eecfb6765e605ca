import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { headerTrouble } from "../../../channels/mcp/param-headers.ts"

const schema = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    count: { type: "integer", "x-mcp-header": "Count" },
    at: { type: "object", properties: { dry: { type: "boolean", "x-mcp-header": "Dry" } } },
    free: { type: "string" },
    list: { type: "array", items: { type: "string", "x-mcp-header": "Never" }, "x-mcp-header": "Never" },
    broken: { type: "string", "x-mcp-header": "a b" }
  }
}

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString("base64")}?=`

const header = (region: string, count: string, dry: string) => ({
  "Mcp-Param-Region": region,
  "Mcp-Param-Count": count,
  "Mcp-Param-Dry": dry
})

const trouble = (args: unknown, headers: Readonly<Record<string, string>> = {}): string | undefined =>
  headerTrouble(schema, args, new Headers(headers))

describe("headers that repeat arguments", () => {
  it.each<[string, object, Readonly<Record<string, string>>]>([
    ["say the same", { region: "eu", count: 42, at: { dry: true } }, header("eu", "42.0", "true")],
    ["are read whatever case their names have", { region: "eu" }, { "mcp-param-region": "eu" }],
    ["are Base64 where no header could hold it", { region: "été\n" }, { "Mcp-Param-Region": base64("été\n") }],
    ["are not wanted for what is not given, or not to be repeated", { region: null, free: "x", broken: "y" }, {}],
    ["mean nothing without an argument", {}, { "Mcp-Param-Region": "eu" }]
  ])("%s", (_, args, headers) => expect(trouble(args, headers)).toBeUndefined())

  it.each<[string, object, Readonly<Record<string, string>>, string]>([
    ["is missing", { region: "eu" }, {}, "Mcp-Param-Region is not"],
    ["is missing, deeper", { at: { dry: false } }, {}, "the argument at.dry is given"],
    ["says something else", { region: "eu" }, { "Mcp-Param-Region": "us" }, "not say the same"],
    ["says another number", { count: 42 }, { "Mcp-Param-Count": "43" }, "not say the same"],
    ["says no number", { count: 0 }, { "Mcp-Param-Count": " " }, "not say the same"],
    ["is no Base64", { region: "eu" }, { "Mcp-Param-Region": "=?base64?Z!?=" }, "no Base64"],
    ["is no text", { region: "eu" }, { "Mcp-Param-Region": "=?base64?/w==?=" }, "no Base64"]
  ])("are refused when one %s", (_, args, headers, words) => expect(trouble(args, headers)).toContain(words))

  it("may be looked for in whatever comes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (wild, args) => {
        headerTrouble(wild, args, new Headers())
        headerTrouble(schema, args, new Headers())
      })
    )
  })
})
