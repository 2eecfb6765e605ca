/** A model of one's own: anything that can answer, such as a server in your house, a router, or, as here, a few rules. */
import { createRuntime, defineModel, textOf } from "kintsugi"

const clerk = defineModel({
  id: "office/clerk",
  info: { contextWindow: 32_000, price: { input: 0, output: 0 } },
  async *respond({ messages }, signal) {
    const last = messages.at(-1)
    if (last?.role === "user") {
      yield "Let me look. "
      yield { type: "call", id: "look-1", name: "read_file", input: { path: "notes.txt" } }
      return
    }
    // `signal` aborts when the turn is cancelled: hand it to your `fetch`.
    for (const word of `It says: ${last === undefined ? "" : textOf(last).trim()}`.split(/(?<= )/)) {
      signal.throwIfAborted()
      yield word
    }
  }
})

await using runtime = await createRuntime({ model: clerk })
console.log(await runtime.ask("What stands in notes.txt?"))
