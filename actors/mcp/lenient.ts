/** What servers leave out of their messages although they must not, and what is meant by that. */
import type { JSONRPCMessage } from "@modelcontextprotocol/client"

/** Of 2026-07-28, to be taken as complete when it does not say (SEP-2322); the SDK would refuse it. */
export const completed = (message: JSONRPCMessage): JSONRPCMessage =>
  "result" in message && !("resultType" in message.result)
    ? { ...message, result: { ...message.result, resultType: "complete" } }
    : message
