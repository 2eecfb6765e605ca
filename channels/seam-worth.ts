/** What a seam is worth, in a mark and a word: the same in the terminal, on the command line and in the console. */
import type { SeamNews } from "../machines/events.ts"

/** gold: it was mended, or can be · loss: something is missing or made up · bad: it is broken · plain: it is over. */
export type SeamWorth = "gold" | "loss" | "bad" | "plain"

export const worthOf = ({ status, state }: Pick<SeamNews, "status" | "state">): SeamWorth => {
  if (status === "undone") return "plain"
  if (status === "rolled_back") return "bad"
  if (status === "proposed") return "gold"
  return stateWorth[state]
}

const stateWorth: Readonly<Record<SeamNews["state"], SeamWorth>> = {
  contained: "bad",
  degraded: "loss",
  provisional: "gold",
  healed: "gold"
}

/** Without colours a loss must not look like a mend. */
export const seamMarks: Readonly<Record<SeamWorth, string>> = { gold: "◆", loss: "!", bad: "✗", plain: "·" }

/** Before the name of what it was done to. */
export const seamVerb = ({ status, state }: Pick<SeamNews, "status" | "state">): string => {
  switch (status) {
    case "proposed":
      return "repair proposed for"
    case "accepted":
      return "accepted for"
    case "undone":
      return "undone for"
    case "rolled_back":
      return "rolled back for"
    default:
      return { contained: "not healed", degraded: "degraded", provisional: "healed", healed: "healed" }[state]
  }
}

export const worded = (name: string): string => name.replaceAll("_", " ")
