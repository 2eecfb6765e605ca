/** What the browser keeps: the key for this tab, or for good when the user says so; the theme. */
import type { Outgoing } from "./chat/model.ts"
import { isTheme, type Theme } from "./theme.ts"

export interface Kept {
  readonly key: () => string | undefined
  /** @param remember Also for other tabs and days. */
  readonly setKey: (key: string, remember: boolean) => void
  readonly isRemembered: () => boolean
  readonly forget: () => void
  readonly theme: () => Theme
  readonly setTheme: (theme: Theme) => void
  /** What was typed, and what was sent and not yet read, by session: a reload loses none of it. */
  readonly unsaid: () => Unsaid | undefined
  readonly setUnsaid: (unsaid: Unsaid) => void
}

export interface Unsaid {
  readonly session?: string
  readonly draft: string
  readonly outbox: ReadonlyArray<Outgoing>
}

const names = { key: "kintsugi.key", theme: "kintsugi.theme", unsaid: "kintsugi.unsaid" }

export const keep = (): Kept => ({
  key: () => read(() => sessionStorage, names.key) ?? read(() => localStorage, names.key),
  setKey: (key, remember) => {
    write(() => sessionStorage, names.key, key)
    if (remember) write(() => localStorage, names.key, key)
  },
  isRemembered: () => read(() => localStorage, names.key) !== undefined,
  forget: () => {
    write(() => sessionStorage, names.key, undefined)
    write(() => sessionStorage, names.unsaid, undefined)
    write(() => localStorage, names.key, undefined)
  },
  theme: () => {
    const theme = read(() => localStorage, names.theme) ?? null
    return isTheme(theme) ? theme : "auto"
  },
  setTheme: (theme) => write(() => localStorage, names.theme, theme === "auto" ? undefined : theme),
  unsaid: () => readUnsaid(read(() => sessionStorage, names.unsaid)),
  setUnsaid: (unsaid) => {
    const isNothing = unsaid.draft === "" && unsaid.outbox.length === 0
    write(() => sessionStorage, names.unsaid, isNothing ? undefined : JSON.stringify(unsaid))
  }
})

/** Only we write it, but an older version of us may have. */
const readUnsaid = (text: string | undefined): Unsaid | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? "null")
    const isOurs = typeof value === "object" && value !== null && "draft" in value && "outbox" in value
    return isOurs && typeof value.draft === "string" && Array.isArray(value.outbox) ? (value as Unsaid) : undefined
  } catch {
    return undefined
  }
}

/** A browser may forbid storage; then nothing is kept, and all else works. */
const read = (storage: () => Storage, name: string): string | undefined => {
  try {
    return storage().getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

const write = (storage: () => Storage, name: string, value: string | undefined): void => {
  try {
    if (value === undefined) storage().removeItem(name)
    else storage().setItem(name, value)
  } catch {
    // As above, or it is too large to be kept.
  }
}
