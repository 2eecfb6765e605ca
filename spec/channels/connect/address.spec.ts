import { describe, expect, it } from "vitest"
import { addressOf } from "../../../channels/connect/address.ts"

describe("the address of a server", () => {
  it.each([
    ["ws://127.0.0.1:8080/ws", "ws://127.0.0.1:8080/ws", "127.0.0.1:8080"],
    ["http://127.0.0.1:8080/", "ws://127.0.0.1:8080/ws", "127.0.0.1:8080"],
    ["https://agent.example/", "wss://agent.example/ws", "agent.example"],
    ["wss://agent.example/deep/ws", "wss://agent.example/deep/ws", "agent.example"],
    ["agent.example:99", "ws://agent.example:99/ws", "agent.example:99"],
    [" agent.example ", "ws://agent.example:8080/ws", "agent.example:8080"],
    [":9000", "ws://127.0.0.1:9000/ws", "127.0.0.1:9000"],
    ["9000", "ws://127.0.0.1:9000/ws", "127.0.0.1:9000"],
    ["[::1]:9000", "ws://[::1]:9000/ws", "[::1]:9000"]
  ])("%s", (text, url, name) => {
    expect(addressOf(text)).toMatchObject({ url, name })
  })

  it.each([
    "",
    "ws://",
    "ftp://agent.example",
    "javascript:alert(1)",
    "a b",
    "http://x/?k=1",
    "ws://x/ws#k",
    "ws://k@x/"
  ])("%j is none", (text) => {
    expect(() => addressOf(text)).toThrow(expect.objectContaining({ name: "AddressError" }))
  })

  it("tells when what is said can be read on the way", () => {
    expect(
      ["ws://127.0.0.1/ws", "ws://localhost/ws", "ws://[::1]/ws", "wss://far/ws"].map((a) => addressOf(a).isOpen)
    ).toEqual([false, false, false, false])
    expect(["ws://far/ws", "ws://127.0.0.1.evil.example/ws", "10.0.0.1"].map((a) => addressOf(a).isOpen)).toEqual([
      true,
      true,
      true
    ])
  })
})
