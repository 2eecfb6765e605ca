/** The store as plugins have it, in a place of their own: who shares what, what stays over a restart, what goes with a session. */
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { Runtime } from "../../../actors/runtime.ts"
import type { AgentCard } from "../../../plugins/ports.ts"
import { played } from "../played-model.ts"
import { answersOf, makeStage } from "../stage.ts"
import type { AgentNotice } from "../../../machines/events.ts"

const stage = makeStage()

const keeper = `
import { definePlugin, defineTool } from "kintsugi/plugin"

const tool = (name: string, execute) => defineTool({ name, description: name, risk: "read", parallel: false, input: { type: "object" }, execute })

export default definePlugin({
  name: "keeper",
  tools: [
    tool("keep", async ({ scope, key, value, size }, { store }) => {
      await store[scope].set(key, size === undefined ? value : "x".repeat(size))
      return "kept"
    }),
    tool("look", async ({ prefix }, { store, agents }) => {
      const notes = {}
      for (const scope of ["session", "project"]) {
        for (const key of await store[scope].keys(prefix)) notes[scope + "." + key] = await store[scope].get(key)
      }
      return { success: true, data: { notes, missing: (await store.session.get("none")) === undefined, card: await agents.about() } }
    }),
    tool("drop", async ({ key }, { store }) => { await store.session.delete(key); return "dropped" })
  ]
})`

type Call = readonly [name: string, input?: object]

/** Lets the session make these calls. @returns what was answered. */
const make = async (runtime: Runtime, resume?: string) => {
  const session = await runtime.open({ unattended: true, ...(resume && { resume }) })
  const notices: Array<AgentNotice> = []
  session.events.subscribe((notice) => notices.push(notice))
  await session.ask("go")
  await session.close()
  return { id: session.id, answers: answersOf(notices) }
}

const turn = (...calls: ReadonlyArray<Call>) => [
  ...calls.map(([name, input = {}], n) => ({ calls: [{ id: `c${n}`, name, input }] })),
  "done"
]

const notesIn = (answer: { readonly data?: unknown } | undefined) =>
  (answer?.data as { notes: object } | undefined)?.notes

it("keeps notes of sessions and of the project over a restart, and loses those of a session with it", async () => {
  const folder = join(stage.folder(), "plugins", "keeper")
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, "index.ts"), keeper)
  const data = join(stage.folder(), "data")
  const start = (...turns: ReadonlyArray<ReturnType<typeof turn>>) =>
    stage.start({ model: played(turns.flat()), plugins: [join(folder, "index.ts")], data })

  const first = await start(
    turn(
      ["keep", { scope: "session", key: "a", value: { deep: [1, null, "é"] } }],
      ["keep", { scope: "project", key: "p", value: 1 }],
      ["keep", { scope: "session", key: "large", size: 1024 * 1024 }],
      ["keep", { scope: "session", key: "b", value: 2 }],
      ["drop", { key: "b" }],
      ["look", { prefix: "" }],
      ["keep", { scope: "session", key: "nothing" }]
    ),
    turn(["look"])
  )
  const one = await make(first)
  const two = await make(first)
  expect(one.answers[2]).toMatchObject({ success: false, errorClass: "invalid_arguments" })
  expect(one.answers[2]?.error).toContain("1048578 bytes")
  // On its way here it would have become null.
  expect(one.answers[6]?.error).toContain("is undefined; to remove it, call delete")
  expect(one.answers[5]).toMatchObject({ success: true, data: { missing: true } })
  expect(notesIn(one.answers[5])).toEqual({ "session.a": { deep: [1, null, "é"] }, "project.p": 1 })
  expect(notesIn(two.answers[0])).toEqual({ "project.p": 1 })
  const look = one.answers[5]?.data as { card: AgentCard } | undefined
  expect(look?.card).toMatchObject({ session: one.id, model: "played/one" })
  expect(look?.card.plugins).toContainEqual({ name: "keeper", state: "healthy", reason: "" })
  await first.close()

  const second = await start(turn(["look"]), turn(["look", { prefix: "p" }]), turn(["look"]))
  expect(notesIn((await make(second, one.id)).answers[0])).toEqual({
    "session.a": { deep: [1, null, "é"] },
    "project.p": 1
  })
  expect(notesIn((await make(second, one.id)).answers[0])).toEqual({ "project.p": 1 })
  second.journal.delete(one.id)
  await second.close()

  const { storeShelf } = await import("../../../actors/store/stores.ts")
  const shelf = storeShelf(data)
  expect(await shelf.of("keeper", one.id, "").session.keys()).toEqual([])
  await shelf.close()
})
