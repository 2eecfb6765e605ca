/** P1 to P4 of the kernel's promises, each over many seeded interleavings of senders, crashes, stops and interruptions. */
import { expect, it } from "vitest"
import fc from "fast-check"
import { play, type Seen, type Sent, story } from "./interleaved.ts"

const inAllInterleavings = (law: (seen: Seen, story: { readonly capacity: number; readonly full: string }) => void) =>
  fc.assert(
    fc.asyncProperty(story, async (story) => law(await play(story), story)),
    { numRuns: 300 }
  )

const ids = (messages: ReadonlyArray<Sent>) => messages.map(({ id }) => id)
const count = (messages: ReadonlyArray<Sent>, which: (message: Sent) => boolean) => messages.filter(which).length

it("P1: one message at a time, first delivered in the order of sending, delivered again before any other", async () => {
  await inAllInterleavings(({ delivered, mostAtOnce }) => {
    expect(mostAtOnce).toBeLessThanOrEqual(1)
    const firsts = ids(delivered.filter((message, i) => delivered.indexOf(message) === i))
    expect(firsts).toEqual(firsts.toSorted((a, b) => a - b))
    const runs = ids(delivered).filter((id, i, all) => id !== all[i - 1])
    expect(new Set(runs).size).toBe(runs.length)
  })
})

it("P2: the mailbox never holds more than it may, and whoever sends hears what became of it", async () => {
  await inAllInterleavings(({ sent, delivered, deepest }, { capacity, full }) => {
    const again = delivered.length > new Set(delivered).size || count(sent, ({ isIdempotent }) => isIdempotent) > 0
    expect(deepest).toBeLessThanOrEqual(again ? capacity + 1 : capacity)
    expect(sent.filter(({ heard }) => heard === "nothing")).toEqual([])
    if (full === "suspend") expect(count(sent, ({ heard }) => heard === "full")).toBe(0)
    expect(count(sent, ({ heard, deliveries }) => heard === "full" && deliveries > 0)).toBe(0)
  })
})

it("P3: every message ends exactly once, in the actor's ledger and in the root's", async () => {
  await inAllInterleavings(({ sent, ledger, root }) => {
    const handled = count(sent, ({ effects }) => effects > 0)
    expect(ledger).toMatchObject({ sent: sent.length, open: 0 })
    expect(root).toEqual(ledger)
    expect(ledger.handled).toBeLessThanOrEqual(handled)
    expect(ledger.handled).toBeGreaterThanOrEqual(count(sent, ({ heard }) => heard === "reply"))
    expect(ledger.dead).toBeGreaterThanOrEqual(count(sent, ({ heard }) => heard === "dead" || heard === "full"))
    expect(ledger.failed).toBeGreaterThanOrEqual(count(sent, ({ heard }) => heard === "crashed"))
    expect(count(sent, ({ heard, effects }) => heard === "reply" && effects !== 1)).toBe(0)
  })
})

it("P4: what crashed its actor comes again only if it is idempotent, and at most twice", async () => {
  await inAllInterleavings(({ sent }) => {
    expect(sent.filter(({ isIdempotent, deliveries }) => deliveries > (isIdempotent ? 3 : 1))).toEqual([])
  })
})
