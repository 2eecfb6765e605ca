import fc from "fast-check"
import { expect, it } from "vitest"
import { matches, serverKeys, toolNames } from "../../../plugins/mcp/names.ts"
import { reserved } from "../../../plugins/mcp/own-tools.ts"

const namesIn = (servers: Readonly<Record<string, ReadonlyArray<string>>>) => {
  const keys = serverKeys(Object.keys(servers))
  return Object.entries(servers).map(([server, tools]) => toolNames(server, tools, keys, reserved))
}
const one = (server: string, tool: string) => namesIn({ [server]: [tool] })[0]?.get(tool)

it("keeps names that are fit, and makes others fit", () => {
  expect(one("github", "get_issue")).toBe("mcp_github_get_issue")
  expect(one("everything", "get-sum")).toBe("mcp_everything_get-sum")
  expect(one("my server", "ns.tool/x")).toBe("mcp_my_server_ns_tool_x")
  expect(one("x", "t".repeat(80))).toMatch(/^mcp_x_t{51}_[0-9a-f]{6}$/)
})

it("never takes a name of ours", () => {
  expect(one("list", "servers")).toMatch(/^mcp_list_servers_[0-9a-f]{6}$/)
  expect(one("call", "tool")).toMatch(/^mcp_call_tool_[0-9a-f]{6}$/)
})

it("tells apart what looks alike, whichever of them is there", () => {
  const [git, hub] = namesIn({ git: ["hub_star"], git_hub: ["star"] })
  expect(hub?.get("star")).toBe("mcp_git_hub_star")
  expect(git?.get("hub_star")).toMatch(/^mcp_git_hub_star_[0-9a-f]{6}$/)
  const [none] = namesIn({ git: ["hub_star"], git_hub: [] })
  expect(none?.get("hub_star")).toBe(git?.get("hub_star"))
})

it("gives every tool a name of its own that every provider takes, the same whatever else its server has", () => {
  const text = fc.oneof(fc.string({ minLength: 1, maxLength: 70 }), fc.stringMatching(/^[ab_.]{1,6}$/))
  const some = fc.uniqueArray(text, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(text, some), { maxLength: 5, selector: ([server]) => server }), (servers) => {
      const keys = serverKeys(servers.map(([server]) => server))
      const names = servers.flatMap(([server, tools]) => [...toolNames(server, tools, keys, reserved).values()])
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) expect(name).toMatch(/^mcp_[a-zA-Z0-9_-]{1,60}$/)
      for (const [server] of servers) {
        const again = toolNames(server, ["plain"], keys, reserved).get("plain")
        expect(toolNames(server, ["other", "plain", "p.l"], keys, reserved).get("plain")).toBe(again)
      }
    })
  )
})

it("takes * for any characters and everything else for itself", () => {
  expect(matches("delete_*", "delete_all")).toBe(true)
  expect(matches("a.c", "abc")).toBe(false)
  expect(matches("get", "get_all")).toBe(false)
  expect(matches("*", "x\ny")).toBe(true)
  expect(matches("delete_*", "undelete_all")).toBe(false)
})
