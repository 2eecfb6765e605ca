/** The web for agents: search without a key, and pages as readable text. */
import { lookup } from "node:dns/promises"
import { searchPlugin } from "./plugin.ts"

export default searchPlugin(async (host) => (await lookup(host, { all: true })).map(({ address }) => address))
