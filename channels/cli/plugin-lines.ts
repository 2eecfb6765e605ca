/** A plugin in one line, in the same words in chat and on the command line. */
import { counted as countedIn } from "../../actors/plugin/brought.ts"
import type { PluginView } from "../../actors/plugin/runtime-plugins.ts"
import { oneLine, printable } from "./printable.ts"

/** Without colours a broken one must not look like a sound one. */
const marks: Readonly<Record<PluginView["state"], string>> = {
  healthy: "✓",
  degraded: "!",
  quarantined: "✗",
  broken: "✗",
  disabled: "–",
  shadowed: "–",
  untrusted: "?"
}

/** `✓ words 1.0.0  local  healthy  2 tools, 1 hook` */
export const pluginRow = ({ name, tier, state, version, tools, hooks, brings, reason }: PluginView): string => {
  const files = brings === undefined ? "" : countedIn(brings)
  const offers = [counted(tools.length, "tool"), counted(hooks.length, "hook"), files]
    .filter((one) => one !== "")
    .join(", ")
  const title = told(version === undefined ? name : `${name} ${version}`)
  const rest = told([offers, reason].filter((one) => one !== "").join(" · "))
  return `${marks[state]} ${title.padEnd(20)}  ${tier.padEnd(8)}  ${state.padEnd(11)}  ${rest}`.trimEnd()
}

/** A stranger's text. */
const told = (text: string): string => printable(oneLine(text, 300))

const counted = (count: number, one: string): string => (count === 0 ? "" : `${count} ${one}${count === 1 ? "" : "s"}`)
