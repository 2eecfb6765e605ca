/** Git for agents: what changed, since when and by whom, and commits that show what they will hold. */
import { definePlugin } from "kintsugi/plugin"
import { blame } from "./blame.ts"
import { commit } from "./commit.ts"
import { diff } from "./diff.ts"
import { log } from "./log.ts"
import { show } from "./show.ts"
import { status } from "./status.ts"

export default definePlugin({
  name: "git",
  description: "git_status, git_diff, git_log, git_show, git_blame, git_commit",
  tools: [status, diff, log, show, blame, commit]
})
