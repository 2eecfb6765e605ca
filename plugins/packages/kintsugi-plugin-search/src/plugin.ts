/** The plugin, for whatever finds addresses of names. */
import { definePlugin, type Plugin } from "kintsugi/plugin"
import type { Lookup } from "./address.ts"
import { readPage } from "./read-page.ts"
import { webSearch } from "./web-search.ts"

export const searchPlugin = (lookup: Lookup): Plugin =>
  definePlugin({
    name: "web",
    description: "web_search, read_page",
    tools: [webSearch, readPage(lookup)]
  })
