import type { IncomingMessage } from "node:http"
import { describe, expect, it } from "vitest"
import { isLoopback, neighbourhood } from "../../../channels/websocket/addresses.ts"
import { clientsOf } from "../../../channels/websocket/clients.ts"
import { gate } from "../../../channels/websocket/gate.ts"

/** Only what the gate looks at. */
const request = (host: string | ReadonlyArray<string>, origin?: string | ReadonlyArray<string>) =>
  ({
    headersDistinct: { host: [host].flat(), ...(origin !== undefined && { origin: [origin].flat() }) }
  }) as unknown as IncomingMessage

const guard = gate({ host: "agent.internal", allowedOrigins: ["https://Chat.example.com", "vscode-webview://x"] })

describe("the Host header", () => {
  it.each([
    "localhost",
    "LOCALHOST:8080",
    "localhost.:8080",
    "agent.localhost:1",
    "127.0.0.1:8080",
    "[::1]:8080",
    "192.0.2.7",
    "agent.internal:8080",
    "chat.example.com"
  ])("%s leads here", (host) => expect(guard.host(request(host))).toBe(undefined))

  it.each([
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "agent.internal.evil.example",
    "notlocalhost",
    "1.2.3.4.5",
    "::1"
  ])("%s is another's", (host) => expect(guard.host(request(host))?.code).toBeOneOf([400, 421]))

  it.each(["", "a b", "a/b", "user@localhost", "localhost:99999999", "localhost:", "[::1", "localhost#x", "ⓛocalhost"])(
    "%j is none",
    (host) => expect(guard.host(request(host))).toMatchObject({ code: 400 })
  )

  it("stands there once", () => {
    expect(guard.host(request([]))).toMatchObject({ code: 400 })
    expect(guard.host(request(["localhost", "evil.example"]))).toMatchObject({ code: 400 })
  })

  it("is not repeated in what is answered", () => {
    expect(guard.host(request("evil.example"))?.message).not.toContain("evil")
  })
})

describe("the Origin header", () => {
  it.each([
    ["localhost:8080", undefined],
    ["localhost:8080", "http://localhost:8080"],
    ["LOCALHOST:80", "http://localhost"],
    ["[::1]:8080", "http://[::1]:8080"],
    ["chat.example.com", "https://chat.example.com"],
    ["127.0.0.1:8080", "https://chat.example.com"],
    ["127.0.0.1:8080", "vscode-webview://x"]
  ])("at %s may be %s", (host, origin) => expect(guard.origin(request(host, origin))).toBe(undefined))

  it.each([
    ["localhost:8080", "http://localhost:3000"],
    ["localhost:8080", "http://localhost"],
    ["localhost:8080", "http://127.0.0.1:8080"],
    ["localhost:8080", "http://evil.example"],
    ["localhost:8080", "null"],
    ["localhost:8080", ""],
    ["localhost:8080", "file://"],
    ["chat.example.com", "https://chat.example.com.evil.example"],
    ["chat.example.com", "http://chat.example.com:81"],
    ["127.0.0.1:8080", "http://chat.example.com"]
  ])("at %s may not be %j", (host, origin) => expect(guard.origin(request(host, origin))).toMatchObject({ code: 403 }))
})

it("two Origin headers are refused, also when one of them is ours", () => {
  const both = ["http://localhost:8080", "http://evil.example"]
  expect(guard.origin(request("localhost:8080", both))).toMatchObject({ code: 403 })
})

describe("addresses", () => {
  it.each([
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["0.0.0.0", false],
    ["::", false],
    ["10.0.0.1", false],
    ["::ffff:10.0.0.1", false],
    ["2001:db8::1", false]
  ])("%s is of this machine only: %s", (address, expected) => expect(isLoopback(address)).toBe(expected))

  it("count as one when one network was given them", () => {
    expect(neighbourhood("2001:db8:1:2:3:4:5:6")).toBe(neighbourhood("2001:db8:1:2::9"))
    expect(neighbourhood("2001:db8:1:2::9")).not.toBe(neighbourhood("2001:db8:1:3::9"))
    expect(neighbourhood("::ffff:10.0.0.1")).toBe("10.0.0.1")
    expect(neighbourhood("10.0.0.1")).toBe("10.0.0.1")
    expect(neighbourhood("10.0.0.1")).not.toBe(neighbourhood("10.0.0.2"))
    expect(neighbourhood("fe80::1%eth0")).toBe(neighbourhood("fe80::2%eth0"))
    expect(neighbourhood(undefined)).toBe("unknown")
  })
})

describe("whom a proxy brings", () => {
  const { of } = clientsOf(["10.0.0.1", "::ffff:10.0.0.2", "2001:db8::1"])
  const from = (remoteAddress: string | undefined, ...lines: ReadonlyArray<string>) =>
    of({ socket: { remoteAddress }, headersDistinct: { "x-forwarded-for": lines } } as never)

  it.each([
    ["10.0.0.1", "192.0.2.7", "192.0.2.7"],
    ["::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7"],
    ["10.0.0.2", "::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:0:0::1", "2001:db8:1:2::9", neighbourhood("2001:db8:1:2::9")],
    ["10.0.0.1", "198.51.100.1, rubbish,192.0.2.7", "192.0.2.7"],
    ["10.0.0.1", "192.0.2.7, 10.0.0.2 , 2001:db8::1", "192.0.2.7"]
  ])("%s is the last that is none: %s", (proxy, line, client) => expect(from(proxy, line)).toBe(client))

  it.each(["", ",", "unknown", "192.0.2.7, unknown", "192.0.2.7:80", "192.0.2.7,", "10.0.0.2", "[::1]", "1.2.3", "_x"])(
    "and says %j is the proxy itself",
    (line) => expect(from("10.0.0.1", line)).toBe("10.0.0.1")
  )

  it("is the proxy itself when it says nothing, or two things", () => {
    expect(from("10.0.0.1")).toBe("10.0.0.1")
    expect(from("10.0.0.1", "192.0.2.7", "192.0.2.8")).toBe("10.0.0.1")
  })

  it("is not believed of anybody else", () => {
    expect(from("10.0.0.3", "192.0.2.7")).toBe("10.0.0.3")
    expect(from(undefined, "192.0.2.7")).toBe("unknown")
    expect(clientsOf([]).of({ socket: { remoteAddress: "10.0.0.1" }, headersDistinct: {} } as never)).toBe("10.0.0.1")
  })

  it.each(["localhost", "10.0.0.0/8", ""])("is no proxy: %j", (proxy) =>
    expect(() => clientsOf([proxy])).toThrow(/is no IP address/)
  )
})
