/** Works, whatever happens next door. */
interface Input {
  readonly n: number
}

export default {
  name: "double",
  tools: [
    {
      name: "double",
      description: "Double a number.",
      risk: "read",
      input: { type: "object" },
      timeout: 60,
      execute: ({ n }: Input) => String(n * 2)
    }
  ]
}
