/** Keys that are ours: no plugin gets them, so that nobody's editing changes under their hands. */
import { press, empty } from "./editor.ts"

/** Of the chat itself; the editor knows its own. */
const keys = new Set(["ctrl-c", "ctrl-d", "ctrl-g", "ctrl-n", "ctrl-o", "ctrl-p", "ctrl-r", "ctrl-t", "ctrl-z"])

/** What a terminal sends for enter, tab and escape cannot be told from these. */
const same = new Set(["ctrl-m", "ctrl-i", "ctrl-["])

/** @param key As `keyName` gives it: `ctrl-x`, `alt-1`. */
export const isOwnKey = (key: string): boolean => keys.has(key) || same.has(key) || press(empty, key) !== undefined
