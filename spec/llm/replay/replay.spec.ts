/** Traffic that real servers sent, read by our adapters and by an independent reader. It proves reading, not that requests are accepted. */
import { describe, expect, it } from "vitest"
import { providers } from "../../../llm/catalog/providers.ts"
import { expectedFailures } from "./expected.ts"
import { isRecorded, needsRecordings, recordings } from "./recordings.ts"
import { idOf, isRegistered } from "./registered.ts"
import { replay } from "./replay.ts"
import { groupOf } from "./tally.ts"

const all = recordings()
const chats = all.filter(({ excluded }) => excluded === undefined)

describe.skipIf(!isRecorded)(`recorded exchanges (${needsRecordings})`, { timeout: 60_000 }, () => {
  it("are all there: every stream, every whole reply of the dialects that are spoken, every failure", () => {
    expect(chats.filter(({ isStream }) => isStream)).toHaveLength(431)
    expect(all.filter(({ excluded }) => excluded !== undefined)).toHaveLength(14)
    expect(all.filter(({ isStream, excluded }) => isStream && excluded !== undefined)).toEqual([])
    expect(chats.length).toBeGreaterThanOrEqual(957)
    const known = new Set(chats.map(({ name }) => name))
    for (const name of Object.keys(expectedFailures)) expect(known, name).toContain(name)
    expect(chats.filter(({ status, name }) => status >= 400 && !(name in expectedFailures))).toEqual([])
  })

  it.each([...Map.groupBy(chats, groupOf)])("of %s say to our adapter what they say", async (_, group) => {
    for (const recording of group) expect(await replay(recording), recording.name).toEqual([])
  })
})

describe.skipIf(!isRecorded)(`the registry (${needsRecordings})`, () => {
  /** With a reply among them, in the dialect in which the registry calls that model. All pass: see above. */
  const shown = new Set(
    chats.filter((recording) => isRegistered(recording) && !(recording.name in expectedFailures)).map(idOf)
  )
  const claimed = new Set(providers.flatMap(({ id, replayed }) => (replayed === true ? [id] : [])))

  it("calls replayed whose recordings pass in the way in which it is registered, and nobody else", () => {
    expect([...claimed].toSorted()).toEqual([...shown].toSorted())
  })

  it("knows everybody who was recorded, or is known not to", () => {
    const ids = new Set(chats.flatMap((recording) => idOf(recording) ?? []))
    expect([...ids].filter((id) => !providers.some((provider) => provider.id === id))).toEqual([])
  })
})
