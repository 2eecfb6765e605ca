/** Works, whatever happens next door, and remembers nothing. */
interface Input {
  readonly n: number
}

export default {
  name: "sum",
  tools: [
    {
      name: "sum",
      description: "Sum of all numbers up to one.",
      risk: "read",
      input: { type: "object" },
      timeout: 60,
      execute: ({ n }: Input) => String((n * (n + 1)) / 2)
    }
  ]
}
