/** Misbehaves: its tool sends messages without end. */
interface Context {
  readonly progress: (text: string) => void
}

export default {
  name: "flood",
  tools: [
    {
      name: "flood",
      description: "Talk.",
      risk: "read",
      input: { type: "object" },
      timeout: 1,
      execute: (_: unknown, { progress }: Context) => {
        for (let piece = 0; piece < 200_000; piece++) progress(`piece ${piece} of what nobody reads`)
        return new Promise(() => {})
      }
    }
  ]
}
