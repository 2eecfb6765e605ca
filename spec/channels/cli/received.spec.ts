import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { firstValueFrom, Subject, take, toArray } from "rxjs"
import { afterEach, beforeEach, expect, it } from "vitest"
import { FilesError, type SessionFiles } from "../../../actors/session-files.ts"
import { receivedIn } from "../../../channels/cli/received.ts"
import type { AgentNotice } from "../../../machines/events.ts"
import { makeWorld, type World } from "../../actors/world.ts"

let world: World
beforeEach(() => {
  world = makeWorld()
})
afterEach(() => world.remove())

const id = "0f0e0d0c-0000-4000-8000-000000000000"

/** An agent sends files of these names. */
const receive = async (...names: ReadonlyArray<string>) => {
  const folder = join(world.home, "received")
  const events = new Subject<AgentNotice>()
  const waiting = [...names]
  const files: SessionFiles = {
    put: () => Promise.reject(new Error("not here")),
    get: async () => {
      const name = waiting.shift()
      if (name === "gone") throw new FilesError("not_found", "No such file.")
      return { name: name ?? "", mime: "text/plain", bytes: Buffer.from(`bytes of ${name}`) }
    }
  }
  const received = receivedIn(folder)
  received.follow({ events, files })
  const told = firstValueFrom(received.told.pipe(take(names.length), toArray()))
  for (const name of names)
    events.next({
      type: "agent.settled",
      call: { type: "call", id: name, name: "send_file", input: {} },
      answer: { success: true, sent: { id, name, mime: "text/plain", size: 1 } }
    })
  return { folder, told: await told }
}

it("keeps what the agent sends, for this user alone, and says where", async () => {
  const { folder, told } = await receive("report.txt")
  const path = join(folder, "report.txt")
  expect(told).toEqual([`The agent sent report.txt; it is in ${path}`])
  expect(readFileSync(path, "utf8")).toBe("bytes of report.txt")
  expect([statSync(path).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700])
})

it("replaces nothing, and leaves no folder but its own", async () => {
  mkdirSync(join(world.home, "received"))
  writeFileSync(join(world.home, "received", "a.txt"), "mine")
  const { folder } = await receive("a.txt", "../../escape.sh", ".bashrc")
  expect(readFileSync(join(folder, "a.txt"), "utf8")).toBe("mine")
  expect(["a-2.txt", "escape.sh", "bashrc"].map((name) => existsSync(join(folder, name)))).toEqual([true, true, true])
  expect(existsSync(join(world.home, "..", "escape.sh"))).toBe(false)
})

it("tells of one that cannot be had", async () => {
  expect((await receive("gone")).told).toEqual(["A file that the agent sent could not be kept: No such file."])
})
