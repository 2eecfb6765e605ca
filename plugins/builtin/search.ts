/** Finding files and lines; ripgrep does the work. */
import { definePlugin, type Plugin } from "../plugin.ts"
import { glob } from "./glob.ts"
import { grep } from "./grep.ts"
import { listFiles } from "./list-files.ts"
import { type Locate, locate } from "./ripgrep.ts"

export const searchPlugin = (find: Locate = locate): Plugin =>
  definePlugin({ name: "search", tools: [listFiles(find), glob(find), grep(find)] })
