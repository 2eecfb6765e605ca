/**
 * A channel of one's own: lines over a socket. A line is a message, `/cancel` stops the turn, `/yes` and `/no` answer a question.
 * Each connection is a session. Try it with `nc 127.0.0.1 PORT`.
 *
 * May drop: streamed text that a slow reader has not taken. Replies, failures and questions come, however late.
 */
import { once } from "node:events"
import { createServer, type Socket } from "node:net"
import { createInterface } from "node:readline"
import { type AgentNotice, attach, type Channel, createRuntime, paced, type UserEvent, userMessage } from "kintsugi"

const lines = (socket: Socket): Channel => {
  let question = ""
  const eventOf = (line: string): UserEvent => {
    if (line === "/cancel") return { type: "user.cancel" }
    if (line !== "/yes" && line !== "/no") return userMessage(line)
    return { type: "permission.answered", id: question, decision: line === "/yes" ? "allow" : "deny" }
  }
  const write = async (notice: AgentNotice): Promise<void> => {
    if (notice.type === "agent.asked") question = notice.id
    const text = show(notice)
    if (text !== "" && !socket.write(text)) await once(socket, "drain")
  }
  async function* heard(): AsyncGenerator<UserEvent> {
    for await (const line of createInterface({ input: socket })) if (line.trim() !== "") yield eventOf(line.trim())
  }
  return {
    name: "lines",
    inbound: heard(),
    outbound: paced(write, () => socket.end())
  }
}

const show = (notice: AgentNotice): string => {
  switch (notice.type) {
    case "agent.text":
      return notice.delta
    case "agent.acting":
      return `\n· ${notice.call.name}\n`
    case "agent.asked":
      return `\n? ${notice.tool} (${notice.rule}): /yes or /no\n`
    case "agent.replied":
      return "\n> "
    case "agent.failed":
      return `\n! ${notice.failure.message}\n> `
    case "agent.cancelled":
      return "\n! cancelled\n> "
    default:
      return ""
  }
}

const { MODEL, PORT = "0" } = process.env
const runtime = await createRuntime(MODEL === undefined ? {} : { model: MODEL })

const server = createServer(async (socket) => {
  socket.on("error", () => socket.destroy())
  const session = await runtime.open()
  const link = attach(lines(socket), session, { onError: ({ message }) => console.error(message) })
  // The far side left, or its channel broke: nobody needs the session any more.
  link.add(() => void session.close())
  socket.write("> ")
})
server.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") console.log(`listening on ${address?.port}`)
})

process.once("SIGTERM", () => {
  server.close()
  void runtime.close()
})
