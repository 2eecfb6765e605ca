/** Search for agents: text through ripgrep, structure through ast-grep. */
import { definePlugin } from "kintsugi/plugin"
import { count } from "./count.ts"
import { search } from "./search.ts"
import { structure } from "./structure.ts"

export default definePlugin({
  name: "grep",
  description: "grep_search, grep_count, ast_search",
  tools: [search, count, structure],
  systemPrompt: () =>
    "For code by its structure (calls, definitions, arguments) prefer ast_search to regular expressions."
})
