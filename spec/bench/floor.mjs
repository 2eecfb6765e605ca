/** The least that an agent can be: one loop, `fetch`, a shell, no dependencies. What Kintsugi costs is measured against it. */
import { spawn } from "node:child_process"
import { text } from "node:stream/consumers"

const tools = [
  {
    type: "function",
    function: {
      name: "execute_bash",
      description: "Run a shell command.",
      parameters: { type: "object", properties: { command: { type: "string" } }, required: ["command"] }
    }
  }
]

const messages = [{ role: "user", content: process.argv[2] }]

const ask = async () => {
  const response = await fetch(`${process.env.LITELLM_PROXY_API_BASE}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${process.env.LITELLM_PROXY_API_KEY}` },
    body: JSON.stringify({ model: "bench", stream: true, messages, tools })
  })
  if (!response.ok) throw new Error(await response.text())
  const reply = { role: "assistant", content: "", tool_calls: [] }
  let rest = ""
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n")
    rest = lines.pop()
    for (const line of lines) if (line.startsWith("data: {")) take(reply, JSON.parse(line.slice(6)).choices[0].delta)
  }
  return reply
}

const take = (reply, { content, tool_calls: calls = [] }) => {
  reply.content += content ?? ""
  for (const {
    index,
    id,
    function: { name, arguments: text }
  } of calls) {
    reply.tool_calls[index] ??= { id, type: "function", function: { name, arguments: "" } }
    reply.tool_calls[index].function.arguments += text
  }
}

for (;;) {
  const reply = await ask()
  messages.push(reply)
  if (reply.tool_calls.length === 0) {
    console.log(reply.content)
    break
  }
  for (const {
    id,
    function: { arguments: input }
  } of reply.tool_calls) {
    const shell = spawn("bash", ["-c", JSON.parse(input).command], { stdio: ["ignore", "pipe", "inherit"] })
    messages.push({ role: "tool", tool_call_id: id, content: await text(shell.stdout) })
  }
}
