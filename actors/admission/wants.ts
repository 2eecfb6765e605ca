/** Which messages may stand for something else. */
import type { Expansion } from "../../plugins/plugin.ts"

/** A plugin that knows what messages stand for. */
export interface Expanding {
  readonly plugin: string
  readonly expansion: Expansion
}

/** One that cannot say whether it wants a message is asked what it stands for. */
export const wants = ({ expansion }: Expanding, text: string): boolean => {
  try {
    return expansion.wants(text)
  } catch {
    return true
  }
}
