/**
 * What was sent on the streams of one session, so that a client whose connection broke gets what it missed (`Last-Event-ID`, up to
 * revision 2025-11-25). In memory, and no more than 1,000 messages or 8 MiB: what is older is forgotten, and a client that asks for
 * it gets what is left.
 */
import type { EventStore } from "@modelcontextprotocol/sdk/server/streamableHttp.js"

type Message = Parameters<EventStore["storeEvent"]>[1]

interface Entry {
  readonly stream: string
  readonly message: Message
  /** Characters. */
  readonly size: number
}

export const eventLog = (most = { messages: 1000, size: 8 * 1024 * 1024 }): EventStore => {
  /** By number, oldest first. */
  const entries = new Map<number, Entry>()
  let last = 0
  let size = 0
  const forget = (): void => {
    for (const [number, entry] of entries) {
      if (entries.size <= most.messages && size <= most.size) return
      entries.delete(number)
      size -= entry.size
    }
  }
  const numberIn = (id: string): number => (/^\d{1,15}$/.test(id) ? Number(id) : Number.NaN)
  return {
    storeEvent: async (stream, message) => {
      const entry = { stream, message, size: JSON.stringify(message).length }
      entries.set(++last, entry)
      size += entry.size
      forget()
      return String(last)
    },
    getStreamIdForEventId: async (id) => entries.get(numberIn(id))?.stream,
    replayEventsAfter: async (id, { send }) => {
      const after = numberIn(id)
      const stream = entries.get(after)?.stream ?? ""
      for (const [number, entry] of entries)
        if (number > after && entry.stream === stream) await send(String(number), entry.message)
      return stream
    }
  }
}
