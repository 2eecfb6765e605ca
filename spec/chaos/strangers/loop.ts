/** Misbehaves: its tool never gives its thread back. */
export default {
  name: "loop",
  tools: [
    {
      name: "loop",
      description: "Loop.",
      risk: "read",
      input: { type: "object" },
      timeout: 1,
      execute: () => {
        for (let turns = 0; ; turns = 1 - turns);
      }
    }
  ]
}
