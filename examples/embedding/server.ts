/**
 * An HTTP service around an agent. `POST /sessions` opens a session, `POST /sessions/ID/ask` says something and answers with
 * the end of the turn, `GET /sessions/ID/events` streams everything as server-sent events, `DELETE /sessions/ID` closes it.
 */
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { streamSSE } from "hono/streaming"
import { createRuntime, type Session } from "kintsugi"

const { MODEL, PORT = "0", DATA } = process.env

const runtime = await createRuntime({
  ...(MODEL === undefined ? {} : { model: MODEL }),
  ...(DATA === undefined ? {} : { data: DATA }),
  settings: { permissions: { mode: "edits" } }
})
const sessions = new Map<string, Session>()
/** Turns under way, so that a stop can wait for them. */
const turns = new Set<Promise<unknown>>()
let isStopping = false

const app = new Hono()

app.post("/sessions", async (context) => {
  if (isStopping) return context.json({ error: "the server stops" }, 503)
  // Nobody is asked for permission here: what would be asked is refused, and the model reads why.
  const session = await runtime.open({ unattended: true })
  sessions.set(session.id, session)
  session.events.subscribe({ complete: () => sessions.delete(session.id) })
  return context.json({ id: session.id }, 201)
})

app.post("/sessions/:id/ask", async (context) => {
  const session = sessions.get(context.req.param("id"))
  if (session === undefined) return context.json({ error: "there is no such session" }, 404)
  if (isStopping) return context.json({ error: "the server stops" }, 503)
  const body: unknown = await context.req.json().catch(() => undefined)
  const text = typeof body === "object" && body !== null && "text" in body ? body.text : undefined
  if (typeof text !== "string") return context.json({ error: "expected { text }" }, 400)
  // When the client leaves, the turn is cancelled.
  const turn = session.ask(text, { signal: context.req.raw.signal })
  turns.add(turn)
  try {
    const end = await turn
    if (end.type === "agent.replied") return context.json({ text: end.text, spent: end.spent })
    return context.json({ error: end.type === "agent.failed" ? end.failure.message : "cancelled" }, 502)
  } finally {
    turns.delete(turn)
  }
})

app.get("/sessions/:id/events", (context) => {
  const session = sessions.get(context.req.param("id"))
  if (session === undefined) return context.json({ error: "there is no such session" }, 404)
  // Begun before the headers are sent: who has them misses nothing. A slow reader gets deltas joined, never fewer answers.
  const notices = session.events[Symbol.asyncIterator]()
  return streamSSE(context, async (stream) => {
    stream.onAbort(() => void notices.return?.())
    for await (const notice of notices) await stream.writeSSE({ event: notice.type, data: JSON.stringify(notice) })
  })
})

app.delete("/sessions/:id", async (context) => {
  await sessions.get(context.req.param("id"))?.close()
  return context.body(null, 204)
})

const server = serve({ fetch: app.fetch, port: Number(PORT), hostname: "127.0.0.1" }, ({ port }) =>
  console.log(`listening on http://127.0.0.1:${port}`)
)

/** Nothing new is begun; what runs has ten seconds, then it is cancelled. */
const stop = async (): Promise<void> => {
  if (isStopping) return
  isStopping = true
  const waiting = new AbortController()
  const { setTimeout: pause } = await import("node:timers/promises")
  await Promise.race([Promise.allSettled(turns), pause(10_000, undefined, { signal: waiting.signal }).catch(() => {})])
  waiting.abort()
  await runtime.close()
  server.close()
}

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop())
