/** Plans for agents: the steps that may begin are done side by side, each by a subagent of its own. */
import { definePlugin } from "kintsugi/plugin"
import { orchestrate } from "./orchestrate.ts"

export default definePlugin({
  name: "plan-orchestrator",
  description: "orchestrate_plan",
  tools: [orchestrate]
})
