import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import type { Inquiry, InquiryReply } from "../../../plugins/inquiry.ts"
import { legacy, modernAsking } from "./http-servers.ts"
import { behaving, open, type Test } from "./opened.ts"

const asking = fileURLToPath(new URL("fixtures/modern.ts", import.meta.url))

/** Answers for somebody after a while, so that what several are asked overlaps. */
const somebody = (session: string, after = 0) => ({
  session,
  ask: async (_: Inquiry): Promise<InquiryReply> => {
    await new Promise((resolve) => setTimeout(resolve, after))
    return { action: "accept", content: { name: session } }
  }
})

describe("a question of a server", () => {
  it.concurrent.for([
    ["of 2026 over a pipe", async (_: Test) => ({ command: process.execPath, args: [asking] })],
    ["of 2026 over HTTP", async (t: Test) => ({ url: (await modernAsking(t)).url })],
    ["of 2025 over HTTP", async (t: Test) => ({ url: (await legacy(t)).url })]
  ] as const)("%s reaches the session whose call it belongs to, whoever else calls", async ([, make], t) => {
    const servers = await open(t, { one: await make(t) })
    servers.begin()
    await servers.settled(10_000)
    const people = ["ann", "ben", "cleo", "ann"]
    const told = people.map((name, at) => servers.say("one", "who", { text: `call ${at} of` }, somebody(name, 20 - at)))
    expect(await Promise.all(told)).toEqual(people.map((name, at) => `call ${at} of ${name}`))
  })

  it.concurrent("of 2025 over a pipe, which does not say whose it is, is asked when only one session can be meant", async (t) => {
    const servers = await open(t, { one: behaving() })
    const slow = servers.say("one", "slow", { steps: 3 }, { session: "ben" })
    expect(await servers.say("one", "who", {}, somebody("ann"))).toContain('"name":"ann"')
    expect(await slow).toBe("done at last")
    expect(await servers.say("one", "who", {}, somebody("ann"))).toContain('"name":"ann"')
    const over = new AbortController()
    const busy = servers.say("one", "hang", {}, { session: "ben", signal: over.signal }).catch(() => "stopped")
    const asked = servers.say("one", "who", {}, somebody("ann"))
    await servers.say("one", "echo", {}, { session: "cleo" })
    over.abort()
    expect(await busy).toBe("stopped")
    expect(await asked).toBe('{"action":"decline"}')
  })

  it.concurrent("of 2025 over a pipe is asked of one of them, when every session has one", async (t) => {
    const servers = await open(t, { one: behaving() })
    const people = ["ann", "ben", "cleo"]
    const told = await Promise.all(people.map((name) => servers.say("one", "who", {}, somebody(name))))
    const right = told.map((text, at) => (text.includes(`"name":"${people[at]}"`) ? "own" : text))
    expect(right.toSorted()).toEqual(['{"action":"decline"}', '{"action":"decline"}', "own"].toSorted())
  })

  it.concurrent("stops the clock of the call", async (t) => {
    const servers = await open(t, { one: behaving({}, { timeout: 0.6 }) })
    servers.begin()
    await servers.settled(10_000)
    expect(await servers.say("one", "who", {}, somebody("ann", 900))).toContain('"name":"ann"')
  })
})
