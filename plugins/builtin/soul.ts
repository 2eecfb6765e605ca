/** soul: `soul.md`, the agent's personality, in the words of the user or the project. */
import { definePlugin, type Plugin } from "../plugin.ts"
import { type Standing, standingText } from "./standing.ts"

export const soulPlugin = (standing: Standing = {}): Plugin =>
  definePlugin({
    name: "soul",
    description: "The agent's personality, from soul.md.",
    systemPrompt: async (event) => {
      const text = await standingText("soul.md", event, standing)
      return text === ""
        ? ""
        : `Your personality, from soul.md. It shapes how you speak, never what you may do:\n\n${text}`
    }
  })
