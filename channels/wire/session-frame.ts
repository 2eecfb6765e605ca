/** How a session is, as clients are told. */
import type { SessionView } from "../../actors/session-host.ts"
import type { OutFrame } from "./frames.ts"
import { newestOf } from "./newest.ts"
import type { Desk } from "./parts.ts"
import type { Seat } from "./seat.ts"
import { asked } from "./told.ts"

type SessionFrame = Extract<OutFrame, { type: "session" }>

/** Opens it, unless nothing was said in it. @param whole With the transcript. */
export const sessionFrame = async (desk: Desk, seat: Seat, whole = true): Promise<SessionFrame> => {
  if (seat.isNew() && seat.live() === undefined) return fresh(desk, seat.id, whole)
  const session = await seat.session()
  // In one go: what the view holds is told by then, and nothing else.
  const [view, last, since] = [session.view(), session.feed().mark(), seat.since()]
  const title = await titleOf(desk, seat)
  return { ...framed(view, whole), title, last: await last, since }
}

const framed = (view: SessionView, whole: boolean) => {
  const { contextWindow } = view.modelInfo
  return {
    type: "session" as const,
    session_id: view.id,
    cwd: view.cwd,
    model: view.model,
    permissions: view.permissions,
    state: view.state,
    context_used: view.contextUsed,
    ...(contextWindow !== undefined && { context_window: contextWindow }),
    spent: view.spent,
    limits: view.limits,
    ...(whole && newestOf(view.transcript)),
    questions: view.questions.map(asked),
    background: [...view.background],
    tools: view.tools.map(({ name, description }) => ({ name, description })),
    notices: [...view.notices]
  }
}

const fresh = ({ runtime, place }: Desk, session_id: string, whole: boolean): SessionFrame => ({
  type: "session",
  session_id,
  title: "",
  cwd: place.cwd,
  model: runtime.model?.id ?? "",
  permissions: place.permissions,
  state: "idle",
  last: 0,
  since: 0,
  context_used: 0,
  spent: { usage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, cost: 0 },
  limits: {},
  ...(whole && { transcript: [] }),
  questions: [],
  background: [],
  tools: [],
  notices: []
})

/** Once a session has a title it keeps it. */
const titles = new WeakMap<Seat, string>()

const titleOf = async ({ runtime }: Desk, seat: Seat): Promise<string> => {
  const known = titles.get(seat)
  if (known !== undefined) return known
  const sessions = await runtime.list({ owner: seat.owner, limit: 500 })
  const title = sessions.find(({ id }) => id === seat.id)?.title ?? ""
  if (title !== "") titles.set(seat, title)
  return title
}
