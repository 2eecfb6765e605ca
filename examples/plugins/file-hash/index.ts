/** hash-wasm, which hashes in WebAssembly, as a tool. */
import { blake3, crc32, md5, sha1, sha256, xxhash64 } from "hash-wasm"
import { definePlugin, defineTool } from "kintsugi/plugin"
import * as z from "zod"

const hashes = { blake3, crc32, md5, sha1, sha256, xxhash64 } as const

const hash = defineTool({
  name: "file_hash",
  description: "Hash a file.",
  risk: "read",
  input: z.object({ path: z.string(), algorithm: z.enum(["blake3", "crc32", "md5", "sha1", "sha256", "xxhash64"]) }),
  execute: async ({ path, algorithm }, { files }) => hashes[algorithm](await files.read(path))
})

export default definePlugin({ name: "file-hash", tools: [hash] })
