/** Misbehaves: it has tools, and is never done with starting. */
export default {
  name: "never-starts",
  start: () => new Promise(() => {}),
  tools: [
    {
      name: "never_starts",
      description: "Wait.",
      risk: "read",
      input: { type: "object" },
      timeout: 1,
      execute: () => "started"
    }
  ]
}
