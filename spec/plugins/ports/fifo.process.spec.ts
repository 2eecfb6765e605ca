import { spawnSync } from "node:child_process"
import { closeSync, writeSync } from "node:fs"
import { once } from "node:events"
import { text } from "node:stream/consumers"
import { describe, expect, it } from "vitest"
import { type Fifo, openFifo } from "../../../plugins/ports/fifo.ts"

const hasFifos = spawnSync("mkfifo", ["--version"]).error === undefined

const open = (): Fifo => {
  const fifo = openFifo()
  if (fifo === undefined) throw new Error("no named pipe can be made")
  return fifo
}

describe.skipIf(!hasFifos)("a named pipe (needs mkfifo)", () => {
  it("carries what is written until nobody writes any more", async () => {
    const { reader, writeEnd } = open()
    const read = text(reader)
    writeSync(writeEnd, "one")
    closeSync(writeEnd)
    expect(await read).toBe("one")
  })

  it("is not taken from whoever opens one between the end of another and its close", async () => {
    const first = open()
    const closed = once(first.reader, "close")
    const ended = once(first.reader.resume(), "end")
    closeSync(first.writeEnd)
    await ended
    const second = open()
    await closed
    const read = text(second.reader)
    writeSync(second.writeEnd, "two")
    closeSync(second.writeEnd)
    expect(await read).toBe("two")
    if (!second.reader.closed) await once(second.reader, "close")

    const third = open()
    const last = text(third.reader)
    writeSync(third.writeEnd, "three")
    closeSync(third.writeEnd)
    expect(await last).toBe("three")
  })
})
