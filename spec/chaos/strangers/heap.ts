/** Misbehaves: its tool fills the heap. */
export default {
  name: "heap",
  tools: [
    {
      name: "heap",
      description: "Hoard.",
      risk: "read",
      input: { type: "object" },
      timeout: 20,
      execute: () => {
        const hoard: Array<number> = []
        for (;;) hoard.push(1)
      }
    }
  ]
}
