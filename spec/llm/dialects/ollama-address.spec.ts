import fc from "fast-check"
import { expect, it } from "vitest"
import { ollamaAddress } from "../../../llm/dialects/ollama-address.ts"

it.each([
  ["", "http://127.0.0.1:11434"],
  ["  ", "http://127.0.0.1:11434"],
  ["127.0.0.1", "http://127.0.0.1:11434"],
  ["127.0.0.1:11434", "http://127.0.0.1:11434"],
  ["0.0.0.0", "http://127.0.0.1:11434"],
  ["0.0.0.0:8000", "http://127.0.0.1:8000"],
  ["http://0.0.0.0:11434", "http://127.0.0.1:11434"],
  [":8000", "http://127.0.0.1:8000"],
  ["example.com", "http://example.com:11434"],
  ["example.com:56789", "http://example.com:56789"],
  ["http://example.com", "http://example.com"],
  ["https://example.com", "https://example.com"],
  ["https://example.com:443", "https://example.com"],
  ["HTTPS://example.com:8443/", "https://example.com:8443"],
  ["[::1]", "http://[::1]:11434"],
  ["[::1]:8000", "http://[::1]:8000"],
  ["::1", "http://[::1]:11434"],
  ["[::]", "http://127.0.0.1:11434"],
  ["'127.0.0.1:11434'", "http://127.0.0.1:11434"],
  ["http://localhost:11434/v1", "http://localhost:11434"],
  ["http://localhost:11434/v1/", "http://localhost:11434"],
  ["http://localhost:11434/api", "http://localhost:11434"],
  ["http://localhost:11434/api/chat", "http://localhost:11434"],
  ["https://example.com/ollama/v1", "https://example.com/ollama"],
  ["https://ollama.com", "https://ollama.com"]
])("%j is %s", (written, address) => {
  expect(ollamaAddress(written)).toBe(address)
})

it("is itself once it is found, and never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.webUrl({ withFragments: false, withQueryParameters: false })), (written) => {
      const address = ollamaAddress(written)
      if (URL.canParse(address)) expect(ollamaAddress(address)).toBe(address)
    })
  )
})
