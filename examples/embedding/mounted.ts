/**
 * An agent in a web service that was there before: its own pages, its own logins, and the agent's WebSocket at `/agent` beside them.
 * Whoever is logged in has sessions of their own. What is spoken there: docs/frames.md.
 */
import { randomUUID } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createRuntime } from "kintsugi"
import { mount } from "kintsugi/server"

const { MODEL, PORT = "0", DATA } = process.env

/** Your logins: whose cookie it is. */
const people = new Map<string, string>()
const nameOf = ({ headers: { cookie = "" } }: IncomingMessage): string | undefined =>
  people.get(/\blogin=([\w-]+)/.exec(cookie)?.[1] ?? "")

const page = `<!doctype html><meta charset="utf-8"><title>Agent</title>
<pre id="log"></pre><form><input name="text" autofocus aria-label="Message"></form>
<script type="module">
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/agent")
  const show = (text) => document.querySelector("#log").append(text)
  socket.onmessage = ({ data }) => {
    const { type, event, message, id, tool, rule } = JSON.parse(data)
    if (type === "event" && event.type === "agent.text") show(event.delta)
    if (type === "response") show("\\n\\n")
    if (type === "permission") {
      const decision = confirm("May it " + tool + "? (" + rule + ")") ? "allow" : "deny"
      socket.send(JSON.stringify({ type, id, decision }))
    }
    if (type === "error") show("! " + message + "\\n")
  }
  document.forms[0].onsubmit = (submitted) => {
    submitted.preventDefault()
    const { text } = submitted.target
    show("> " + text.value + "\\n")
    socket.send(JSON.stringify({ type: "message", content: text.value }))
    text.value = ""
  }
</script>`

const respond = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.method === "POST" && request.url?.startsWith("/login/")) {
    // Here a password would be asked for.
    const login = randomUUID()
    people.set(login, decodeURIComponent(request.url.slice("/login/".length)))
    response.setHeader("set-cookie", `login=${login}; HttpOnly; SameSite=Strict; Path=/`).writeHead(204).end()
  } else if (nameOf(request) === undefined) response.writeHead(401).end("POST /login/NAME first\n")
  else response.setHeader("content-type", "text/html").end(page)
}

const runtime = await createRuntime({
  ...(MODEL === undefined ? {} : { model: MODEL }),
  ...(DATA === undefined ? {} : { data: DATA })
})
const agent = await mount(runtime, {
  path: "/agent",
  user: (request) => {
    const name = nameOf(request)
    return name === undefined ? undefined : { name }
  },
  onError: console.error
})

const server = createServer(respond)
server.on("upgrade", (request, socket, head) => agent.upgrade(request, socket, head) || socket.destroy())
server.listen(Number(PORT), "127.0.0.1", () => {
  const address = server.address()
  if (typeof address === "object") console.log(`listening on http://127.0.0.1:${address?.port}`)
})

process.once("SIGTERM", async () => {
  server.close()
  await agent.stop()
  await runtime.close()
})
