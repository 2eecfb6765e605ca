/**
 * The public conformance suite of MCP against our client or our server:
 *
 *     node spec/conformance/main.ts client [REVISION] [SCENARIO...]
 *     node spec/conformance/main.ts server [...]
 */
const [side, ...args] = process.argv.slice(2)

const run = async (): Promise<number> => {
  if (side === "client") return (await import("./client.ts")).runClient(args)
  if (side === "server") return (await import("./server.ts")).runServer(args)
  process.stderr.write("say which side: client or server\n")
  return 2
}

process.exitCode = await run()
