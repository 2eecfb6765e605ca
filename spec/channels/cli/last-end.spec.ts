import { filter, firstValueFrom } from "rxjs"
import { expect, it } from "vitest"
import { lastEnd } from "../../../channels/cli/last-end.ts"
import { makeStage } from "../../actors/stage.ts"
import { byMessage, hangs, task } from "../../actors/subagents/scripted.ts"

const stage = makeStage()
const never = new Promise<void>(() => {})

const model = byMessage({
  "^.Background agent": [{ text: "so it was seen" }],
  "^go$": [{ calls: [task("look", { background: true })] }, { text: "it looks" }],
  "^stay$": [{ calls: [task("hang", { background: true })] }, { text: "it hangs" }],
  "^hang$": hangs
})

it("is the end of the turn that brings the last result, with all that was spent", async () => {
  const { session } = await stage.open(model, [])
  const end = await lastEnd(session, "go", never)
  // Three requests of the agent, one of the other.
  expect(end).toMatchObject({ text: "so it was seen", spent: { usage: { input: 40, output: 8 } } })
})

it("is the turn's own where nothing is left", async () => {
  const { session } = await stage.open(model, [])
  expect(await lastEnd(session, "hello", never)).toMatchObject({ text: "heard" })
})

it("is not waited for longer than the user wants", async () => {
  const { session } = await stage.open(model, [])
  const stopped = Promise.withResolvers<void>()
  const replied = firstValueFrom(session.events.pipe(filter(({ type }) => type === "agent.replied")))
  const end = lastEnd(session, "stay", stopped.promise)
  await replied
  stopped.resolve()
  expect(await end).toMatchObject({ type: "agent.cancelled" })
})
