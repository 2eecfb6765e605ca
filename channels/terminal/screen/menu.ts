/** The list of suggestions as it stands: which are offered, which is selected, whether it was sent away. */
import { suggest, type Suggestions } from "./completion.ts"
import type { State } from "./state.ts"

/** What is suggested now, and which of it is selected. */
export const menuOf = (state: State): { readonly suggestions: Suggestions; readonly selected: number } | undefined => {
  const suggestions = suggest(state.editor, state)
  if (suggestions === undefined) return undefined
  const isSame = state.menu.query === keyOf(suggestions)
  if (isSame && state.menu.closed) return undefined
  return { suggestions, selected: isSame ? Math.min(state.menu.selected, suggestions.items.length - 1) : 0 }
}

/** Names a query, so that its selection ends with it. */
export const keyOf = ({ kind, from, query }: Suggestions): string => `${kind}:${from}:${query}`
