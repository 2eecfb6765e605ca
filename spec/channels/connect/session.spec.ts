import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { filter, firstValueFrom } from "rxjs"
import { describe, expect, it } from "vitest"
import { createRuntime, type Runtime } from "../../../actors/runtime.ts"
import { connect, type RemoteHost } from "../../../channels/connect/connect.ts"
import type { RemoteSession } from "../../../channels/connect/remote-session.ts"
import { serveWebSocket } from "../../../channels/websocket/serve.ts"
import { openHub } from "../../../channels/wire/hub.ts"
import { checkScript } from "../../../llm/dialects/script.ts"
import { scripted } from "../../../llm/dialects/scripted.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { checkedHub } from "../wire/exact.ts"
import { greeter, sessionContract, sessionScript, type SessionWorld } from "./session.contract.ts"

const keys = [{ name: "ann", key: "key-of-ann-0123456" }]

interface Place extends AsyncDisposable {
  readonly runtime: Runtime
}

const here = async (): Promise<Place> => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "kintsugi-connect-")))
  const model = scripted({ id: "scripted/spec", script: checkScript("spec.yaml", sessionScript) })
  const runtime = await createRuntime({ cwd, env: {}, model, plugins: [greeter] })
  return {
    runtime,
    [Symbol.asyncDispose]: async () => {
      await runtime.close()
      rmSync(cwd, { recursive: true, force: true })
    }
  }
}

interface Remote extends SessionWorld {
  readonly open: () => Promise<RemoteSession>
  /** Another one with the same key. */
  readonly reach: () => Promise<RemoteHost>
}

const remote = async (): Promise<Remote> => {
  const place = await here()
  const { runtime } = place
  const models = async () => [{ id: "scripted/spec", note: "plays" }]
  const hub = checkedHub(openHub({ runtime, version: "spec", place: { cwd: "/", permissions: "ask" }, models }))
  const served = await serveWebSocket({ hub, health: runtime, keys })
  const hosts: Array<RemoteHost> = []
  const reach = async (): Promise<RemoteHost> => {
    const host = await connect(served.url, { apiKey: keys[0]?.key ?? "" })
    hosts.push(host)
    return host
  }
  const first = await reach()
  return {
    open: () => first.open(),
    reach,
    [Symbol.asyncDispose]: async () => {
      await Promise.all(hosts.map((host) => host.close()))
      await served.stop(0)
      await place[Symbol.asyncDispose]()
    }
  }
}

sessionContract("in this process", async () => {
  const place = await here()
  return { open: () => place.runtime.open(), [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() }
})

sessionContract("of a running server", remote)

describe("two clients of one session", () => {
  const wholes = (session: { readonly events: RemoteEvents }) => {
    const heard: Array<AgentNotice> = []
    session.events.subscribe((notice) => heard.push(notice))
    return heard
  }
  type RemoteEvents = Awaited<ReturnType<RemoteHost["open"]>>["events"]

  it("hear the same turn; either answers the question, and both know", async () => {
    await using world = await remote()
    const one = await world.open()
    await one.ask("hello")
    const other = await (await world.reach()).open({ resume: one.id })
    expect(other.view()).toEqual(one.view())
    const [heard, seen] = [wholes(one), wholes(other)]
    const over = firstValueFrom(other.events.pipe(filter(({ type }) => type === "agent.replied")))
    const end = one.ask("write")
    const { id } = await firstValueFrom(other.events.pipe(filter((notice) => notice.type === "agent.asked")))
    other.send({ type: "permission.answered", id, decision: "allow" })
    expect(await end).toMatchObject({ type: "agent.replied", text: "Written." })
    await over
    expect(seen).toEqual(heard)
    expect(heard.find(({ type }) => type === "agent.answered")).toMatchObject({ id, decision: "allow" })
    expect(other.view()).toEqual(one.view())
  })

  it("learn that the other one went to another point", async () => {
    await using world = await remote()
    const one = await world.open()
    await one.ask("one")
    await one.fork("here")
    await one.ask("two")
    const other = await (await world.reach()).open({ resume: "latest" })
    expect(other.id).toBe(one.id)
    const moved = firstValueFrom(other.renewed.pipe(filter((renewed) => renewed.moved)))
    const mine: Array<boolean> = []
    one.renewed.subscribe((renewed) => mine.push(renewed.moved))
    await one.switch("here")
    await moved
    expect(mine).not.toContain(true)
    expect(other.view().transcript).toEqual(one.view().transcript)
    expect(one.view().transcript).toHaveLength(2)
  })

  it("who comes in the middle of a turn hears the reply from its beginning", async () => {
    await using world = await remote()
    const one = await world.open()
    const end = one.ask("slow")
    await firstValueFrom(one.events.pipe(filter(({ type }) => type === "agent.text")))
    const other = await (await world.reach()).open({ resume: one.id })
    const first = await firstValueFrom(other.events.pipe(filter((notice) => notice.type === "agent.text")))
    expect(first.delta).toMatch(/^slowly /)
    other.cancel()
    expect((await end).type).toBe("agent.cancelled")
  })
})

it("a host lists sessions, models, health and heals of its server, and what it is not told of stays unknown", async () => {
  await using world = await remote()
  const session = await world.open()
  await session.ask("hello")
  const host = await world.reach()
  expect(await host.list()).toMatchObject([{ id: session.id, title: "hello", messages: 1 }])
  expect(await host.models()).toEqual([{ id: "scripted/spec", note: "plays" }])
  expect((await host.health()).tree.kind).toBe("runtime")
  expect(await host.heals.list()).toEqual([])
  expect(await host.heals.find("snothing")).toBeUndefined()
  expect(host).toMatchObject({ user: "ann", isOperator: false, isOpen: false })
  await expect(host.open({ resume: "nobody-knows-it" })).rejects.toMatchObject({ code: "no_session" })
  await expect(host.revive("none")).rejects.toMatchObject({ code: "not_allowed" })
})
