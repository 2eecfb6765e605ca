/** The plugins that are always there, in the order in which models see their tools. */
import type { Plugin } from "../plugin.ts"
import { filesPlugin } from "./files.ts"
import { searchPlugin } from "./search.ts"
import { shellPlugin } from "./shell.ts"
import { taskDonePlugin } from "./task-done.ts"

export const builtins: ReadonlyArray<Plugin> = [filesPlugin, searchPlugin(), shellPlugin, taskDonePlugin]
