/** A body that comes in pieces, without a network. */
export const flow = (pieces: ReadonlyArray<Uint8Array>): ReadableStream<Uint8Array> => {
  const waiting = pieces.values()
  return new ReadableStream({
    pull: (out) => {
      const { value, done } = waiting.next()
      if (done === true) out.close()
      else out.enqueue(value)
    }
  })
}
