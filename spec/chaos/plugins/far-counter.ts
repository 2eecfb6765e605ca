/** The counter in a process of its own: each effect is a file, written through the host's port. */
import { randomUUID } from "node:crypto"
import { definePlugin } from "../../../plugins/index.ts"
import { counter } from "./counter.ts"

const mark = counter("far_count", async (token, { files }) => files.write(`effects/${token}~${randomUUID()}`, ""))

// oxlint-disable-next-line import/no-default-export -- a plugin module's default export is its plugin
export default definePlugin({ name: "far-counter", tools: [mark] })
