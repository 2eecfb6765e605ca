/** Misbehaves: it wants to see every answer, and what it does with it takes forever. */
const forever = () => new Promise(() => {})

export default {
  name: "hanging-hook",
  afterToolExecute: forever,
  onToolExecutionEnd: forever,
  onMessageEnd: forever,
  systemPrompt: forever,
  tools: [
    {
      name: "hanging_hook",
      description: "Work.",
      risk: "read",
      input: { type: "object" },
      timeout: 10,
      execute: () => "worked"
    }
  ]
}
