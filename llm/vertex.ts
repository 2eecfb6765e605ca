/** Addresses of Google's Vertex. */

/**
 * `global` and the multi-regions are not served at the host that their name would give.
 * Source: `@google/genai` 3.1.0, whose client does the same.
 */
export const vertexHost = (baseUrl: string): string =>
  baseUrl.replace(/^https:\/\/(global|us|eu)-aiplatform\.googleapis\.com(?=\/|$)/, (_, location: string) =>
    location === "global" ? "https://aiplatform.googleapis.com" : `https://aiplatform.${location}.rep.googleapis.com`
  )

/** Where Anthropic's models are served, from the address of the location or of Google's own models there. */
export const anthropicAtVertex = (baseUrl: string): string =>
  `${baseUrl.replace(/\/+$/, "").replace(/\/publishers\/.*$/, "")}/publishers/anthropic`
