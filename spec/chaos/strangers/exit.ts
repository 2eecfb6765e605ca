/** Misbehaves: its tool ends the process, as if all were well. */
export default {
  name: "exit",
  tools: [
    {
      name: "exit",
      description: "Leave.",
      risk: "read",
      input: { type: "object" },
      timeout: 10,
      execute: () => process.exit(0)
    }
  ]
}
