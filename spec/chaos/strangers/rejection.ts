/** Misbehaves: its tool leaves an error behind that nobody catches, and never answers. */
export default {
  name: "rejection",
  tools: [
    {
      name: "rejection",
      description: "Forget to catch.",
      risk: "read",
      input: { type: "object" },
      timeout: 1,
      execute: () => {
        setImmediate(() => void Promise.reject(new Error("nobody catches this")))
        return new Promise(() => {})
      }
    }
  ]
}
