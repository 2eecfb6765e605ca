/** What the sessions view knows: the user's sessions, and the trees of those that were looked at. */
import type { SessionNode } from "../../../../plugins/session-node.ts"
import type { OutFrame } from "../../../wire/frames.ts"
import { newOutline, type Outline } from "../outline/outline.ts"

export type SessionRow = Extract<OutFrame, { type: "sessions" }>["sessions"][number]

export type Verb = "fork" | "switch"

export interface Sessions {
  /** Newest first; absent until the server has told them. */
  readonly list?: ReadonlyArray<SessionRow>
  /** What titles and ids are searched for. */
  readonly filter: string
  /** Of sessions by id, their points in the order in which they were said. */
  readonly trees: ReadonlyMap<string, ReadonlyArray<SessionNode>>
  /** Of the tree that is shown. */
  readonly outline: Outline
  /** Why a tree that was asked for cannot be shown. */
  readonly missing?: { readonly id: string; readonly why: string }
  /** What the server is at. */
  readonly order?: Verb
  /** What came of the last order. */
  readonly outcome?: { readonly isGood: boolean; readonly text: string }
}

export const noSessions: Sessions = { filter: "", trees: new Map(), outline: newOutline }

export type SessionsHappening =
  | { readonly type: "sessions.filtered"; readonly text: string }
  | { readonly type: "sessions.walked"; readonly outline: Outline }
  | { readonly type: "sessions.grown"; readonly id: string; readonly nodes: ReadonlyArray<SessionNode> }
  | { readonly type: "sessions.missed"; readonly id: string; readonly why: string }
  | { readonly type: "sessions.ordered"; readonly order: Verb }
  | { readonly type: "sessions.obeyed"; readonly isGood: boolean; readonly text: string }

/** Every word of it is in the title or the id, whatever its case. */
export const found = ({ list = [], filter }: Sessions): ReadonlyArray<SessionRow> => {
  const words = filter.toLowerCase().split(/\s+/)
  return list.filter(({ title, id }) => {
    const text = `${title} ${id}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** The newest ones that something was said in, beside the one that is shown. */
export const toGoOnWith = ({ list = [] }: Sessions, shown: string | undefined): ReadonlyArray<SessionRow> =>
  list.filter(({ id, title }) => id !== shown && title !== "").slice(0, 4)

/** Sessions by their id, for whoever shows an id. */
export const titlesOf = ({ list = [] }: Sessions): ReadonlyMap<string, string> =>
  new Map(list.map(({ id, title }) => [id, title]))
