/**
 * The frames of the remote channels (WebSocket, JSON lines): one schema each, from which the published JSON Schema is made.
 *
 * Whoever reads is lenient, whoever writes is exact: fields that are not named here are passed by in what clients send, and
 * never sent by us. A field that is added later is optional; a frame whose meaning changes gets another name.
 */
import * as z from "zod"
import { content, inquiry } from "./inquiries.ts"
import { background, json, message, node, preview, risk, spent, usage } from "./messages.ts"
import { failure, mode, notice } from "./notices.ts"

/** Of this message format; told in `auth_response`. */
export const protocol = 1

/** Bytes of a frame; what is larger is answered by closing with 1009. */
export const frameLimit = 16 * 1024 * 1024

const id = z.string().min(1).max(200)
/** Which session is meant; absent: the one that was opened last on this connection. In `auth` and `open` also `latest`. */
const session_id = id.optional()
/** Comes back in the direct answer to this frame, also when that is an error. */
const request_id = id.optional()
const common = { session_id, request_id }
/** Number of an event within its session. */
const seq = z.number().int().min(0)

const file = z.object({
  name: z.string().min(1).max(255),
  /** As in `image/png`. */
  mime: z.string().min(3).max(255),
  /** Base64. */
  data: z.base64()
})

/** What a client may say. */
export const inFrames = {
  /**
   * The first frame, where no `Authorization: Bearer` came with the connection. `session_id`: one to go on with, as in
   * `open`, but without a `session` frame; absent: a new one, which is kept as soon as something is said in it.
   */
  auth: z.object({
    type: z.literal("auth"),
    api_key: z.string().max(4096).optional(),
    after: seq.optional(),
    ...common
  }),
  /**
   * Something to do. Saying one `message_id` again does nothing twice: it is answered with how far it is.
   * `files`: pictures are shown to the model, other files are put where the agent can read them.
   */
  message: z.object({
    type: z.literal("message"),
    content: z.string(),
    message_id: id.optional(),
    files: z.array(file).max(20).optional(),
    ...common
  }),
  /** Stops the turn that runs; messages that wait are kept. */
  cancel: z.object({ type: z.literal("cancel"), ...common }),
  /** Answers a question. `content`: values for the fields of its inquiry; absent: their defaults. */
  permission: z.object({
    type: z.literal("permission"),
    id,
    decision: z.enum(["allow", "always", "deny"]),
    content: content.optional(),
    ...common
  }),
  /** What was told after number `after`, then what is told from now on. Answer: `resumed`, before all that. */
  resume: z.object({ type: z.literal("resume"), session_id: id, after: seq, request_id }),
  ping: z.object({ type: z.literal("ping"), request_id }),
  /**
   * Another session becomes the current one of this connection; without an id a new one. Answer: `session`, and then the
   * events after number `after`; absent: after its `since`.
   */
  open: z.object({ type: z.literal("open"), after: seq.optional(), ...common }),
  /** No more events of this session on this connection; it goes on. Answer: `closed`. */
  leave: z.object({ type: z.literal("leave"), session_id: id, request_id }),
  /** Answer: `session`; with `transcript: false` without what was said, which may be much. */
  view: z.object({ type: z.literal("view"), transcript: z.boolean().optional(), ...common }),
  /** The user's sessions, newest first. Answer: `sessions`. */
  sessions: z.object({ type: z.literal("sessions"), limit: z.number().int().min(1).max(500).optional(), request_id }),
  /** Answer: `tree`. */
  tree: z.object({ type: z.literal("tree"), ...common }),
  /** Names the point where the conversation stands. Answer: `point`. */
  fork: z.object({ type: z.literal("fork"), label: z.string().max(200).optional(), ...common }),
  /** Goes on from another point. Answer: `point`, and to everybody in the session `session`. */
  switch: z.object({ type: z.literal("switch"), to: z.string().min(1).max(200), ...common }),
  /** Sums the conversation up; events tell how it went. */
  compact: z.object({ type: z.literal("compact"), focus: z.string().max(10_000).optional(), ...common }),
  clear: z.object({ type: z.literal("clear"), ...common }),
  model: z.object({ type: z.literal("model"), model: z.string().min(1).max(300), ...common }),
  permissions: z.object({ type: z.literal("permissions"), mode: mode, ...common }),
  /**
   * Commands of plugins, those that are said among them; opens the session. `watch`: again when they are others, at most once a
   * second, as long as this connection follows the session. Answer: `commands`.
   */
  commands: z.object({ type: z.literal("commands"), watch: z.boolean().optional(), ...common }),
  /** Runs one, or says it where it is one that is said. It goes on while other frames are taken. Answer: `command_result`. */
  command: z.object({
    type: z.literal("command"),
    name: z.string().min(1).max(128),
    argument: z.string().max(100_000).optional(),
    /** Comes back in the result, and is the id of the message, where one is said. */
    command_id: id.optional(),
    ...common
  }),
  /** Stops one that runs, as far as it listens; it has its result all the same. */
  command_cancel: z.object({ type: z.literal("command_cancel"), command_id: id, ...common }),
  /** Models that can be chosen here. Answer: `models`. */
  models: z.object({ type: z.literal("models"), filter: z.string().max(200).optional(), request_id }),
  /** The supervision tree; `watch`: again whenever it has changed, at most once a second. Answer: `health`. */
  health: z.object({ type: z.literal("health"), watch: z.boolean().optional(), request_id }),
  /** Seams, newest first. Answer: `heals`. */
  heals: z.object({ type: z.literal("heals"), request_id }),
  /** One seam whole, with its diff. Answer: `heal`. */
  heal: z.object({ type: z.literal("heal"), id, request_id }),
  /** Writes what was mended into the source. Only for the machine's own user. Answer: `heals` with those it changed. */
  heal_accept: z.object({ type: z.literal("heal_accept"), id, request_id }),
  /** Takes a repair back. Only for the machine's own user. Answer: `heals` with those it changed. */
  heal_undo: z.object({ type: z.literal("heal_undo"), id, request_id }),
  /** Gives a quarantined plugin another chance. Only for the machine's own user. Answer: `health`. */
  revive: z.object({ type: z.literal("revive"), plugin: id, request_id })
} as const

export type InFrame = { [Type in keyof typeof inFrames]: z.infer<(typeof inFrames)[Type]> }[keyof typeof inFrames]

const out = { session_id, request_id }

const offeredCommand = z.object({
  name: z.string(),
  description: z.string(),
  /** What may stand behind the name, for people; empty when nothing does. */
  argument: z.string(),
  /** Of whom it comes. */
  plugin: z.string(),
  /** It is a message, which is sent as it is typed: `/name argument`. Absent: it is run. */
  said: z.literal(true).optional()
})

const question = {
  id,
  tool: z.string(),
  input: json,
  risk,
  /** What "always" would allow. */
  rule: z.string(),
  /** What would be done, to be shown: a command, paths, a diff. */
  preview,
  /** What the call wants to know while it runs; absent: it waits for permission to run. */
  inquiry: inquiry.optional(),
  /** What the subagent works on that asks. */
  agent: z.string().optional()
}

/** What the server says. */
export const outFrames = {
  /** `user`: whose sessions are seen. `operator`: it is the machine's own user. */
  auth_response: z.object({
    type: z.literal("auth_response"),
    success: z.boolean(),
    error: z.string().optional(),
    user: z.string().optional(),
    operator: z.boolean().optional(),
    protocol: z.number().optional(),
    version: z.string().optional(),
    ...out
  }),
  status: z.object({
    type: z.literal("status"),
    status: z.enum(["processing", "thinking", "acting", "done"]),
    message_id: id.optional(),
    ...out
  }),
  /** `event`: a notice of the agent (`agent.text`, `agent.settled`, …); `at`: milliseconds since the Unix epoch. */
  event: z.object({
    type: z.literal("event"),
    seq,
    at: z.number(),
    event: notice,
    session_id: id
  }),
  permission: z.object({
    type: z.literal("permission"),
    ...question,
    session_id: id
  }),
  /** It was done; answers what has no answer of its own, if it had a `request_id`. */
  ok: z.object({ type: z.literal("ok"), ...out }),
  /** What follows: events after `after` as they were told, up to `last`, then what is told from now on. */
  resumed: z.object({ type: z.literal("resumed"), after: seq, last: seq, session_id: id, request_id }),
  pong: z.object({ type: z.literal("pong"), request_id }),
  error: z.object({
    type: z.literal("error"),
    /** See `errorCodes`. */
    code: z.string(),
    message: z.string(),
    message_id: id.optional(),
    command_id: id.optional(),
    ...out
  }),
  /**
   * Exactly one for each message. It stands right before the event that ended its turn and carries that one's number; who
   * resumes from before that number gets both again. A message that a plugin's command answers ends no turn: its response
   * carries the number of the newest event.
   */
  response: z.object({
    type: z.literal("response"),
    content: z.string(),
    status: z.enum(["done", "failed", "cancelled"]),
    message_id: id,
    session_id: id,
    seq,
    /** Of the turn. */
    usage,
    /** US dollars; null: unknown. */
    cost: z.number().nullable(),
    verified: z.boolean(),
    error: failure.optional()
  }),
  file: z.object({ type: z.literal("file"), ...file.shape, ...out }),
  /**
   * How a session is now; with everything said in it as the model sees it. `last`: number of its newest event. `since`:
   * number of the newest that the transcript holds already; those between are of what is not finished yet.
   */
  session: z.object({
    type: z.literal("session"),
    session_id: id,
    request_id,
    title: z.string(),
    cwd: z.string(),
    model: z.string(),
    permissions: mode,
    state: z.enum(["idle", "thinking", "acting", "asking", "compacting"]),
    last: seq,
    since: seq,
    context_used: z.number(),
    context_window: z.number().optional(),
    /** Of the whole session. */
    spent,
    /** What it may spend at most. */
    limits: z.object({ maxCost: z.number().optional(), maxTokens: z.number().optional() }),
    transcript: z.array(message).optional(),
    /** Messages before the first of `transcript` that a frame has no room for; absent: none. */
    omitted: z.number().int().optional(),
    /** What waits for the user's word, oldest first. */
    questions: z.array(z.object(question)),
    /** Agents that it has started in the background, oldest first. */
    background: z.array(background),
    tools: z.array(z.object({ name: z.string(), description: z.string() })),
    notices: z.array(z.string())
  }),
  closed: z.object({ type: z.literal("closed"), ...out }),
  sessions: z.object({
    type: z.literal("sessions"),
    sessions: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        model: z.string(),
        created_at: z.number(),
        updated_at: z.number(),
        messages: z.number(),
        /** As in `session`, or `closed`: it is not open here. */
        state: z.enum(["idle", "thinking", "acting", "asking", "compacting", "closed"])
      })
    ),
    request_id
  }),
  tree: z.object({ type: z.literal("tree"), nodes: z.array(node), ...out }),
  point: z.object({ type: z.literal("point"), node, ...out }),
  commands: z.object({ type: z.literal("commands"), commands: z.array(offeredCommand), ...out }),
  /** Exactly one for each `command`. */
  command_result: z.object({
    type: z.literal("command_result"),
    name: z.string(),
    command_id: id.optional(),
    /** Markdown for the user; its words may be a stranger's. */
    show: z.string().optional(),
    /** Of the message that was said to the agent for it; its `response` follows. Absent: none was. */
    message_id: id.optional(),
    ...out
  }),
  models: z.object({
    type: z.literal("models"),
    models: z.array(z.object({ id: z.string(), name: z.string().optional(), note: z.string().optional() })),
    request_id
  }),
  /** As `GET /health`; of agents only the reader's own. */
  health: z.object({ type: z.literal("health"), health: json, request_id }),
  heals: z.object({ type: z.literal("heals"), heals: z.array(json), request_id }),
  heal: z.object({ type: z.literal("heal"), heal: json, request_id }),
  /** No new turns from now on; running ones have this many milliseconds, then the connection is closed with 1012. */
  stopping: z.object({ type: z.literal("stopping"), grace: z.number() })
} as const

export type OutFrame = { [Type in keyof typeof outFrames]: z.infer<(typeof outFrames)[Type]> }[keyof typeof outFrames]

/** Every `code` of an `error` frame, and what it means. */
export const errorCodes = {
  bad_frame: "it is no JSON object, or its type or a field of it is wrong",
  not_authenticated: "the first frame must be auth, with a key that is known here",
  no_session: "there is no such session, or it is somebody else's",
  session_held: "another process works in this session",
  not_found: "there is no such point, question, command, seam or plugin",
  refused: "it cannot be done now; the message says why",
  not_allowed: "only the machine's own user may do that",
  not_configured: "no model is configured, or it cannot be used; the message says what to do",
  too_many: "more than this connection may have or ask at once",
  too_large: "a file or a message is too large",
  stopping: "the server stops and begins nothing new",
  internal: "a bug in Kintsugi; nothing else was harmed"
} as const

export type ErrorCode = keyof typeof errorCodes
