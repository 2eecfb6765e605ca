/** Misbehaves: its tool hoards memory where no limit of the heap sees it. */
const hoarded: Array<Uint8Array> = []

export default {
  name: "buffers",
  tools: [
    {
      name: "buffers",
      description: "Hoard.",
      risk: "read",
      input: { type: "object" },
      timeout: 10,
      execute: () => {
        for (let held = 0; held < 2 ** 31; held += 2 ** 24) hoarded.push(Buffer.alloc(2 ** 24, 1))
        return new Promise(() => {})
      }
    }
  ]
}
