/**
 * Messages at Google's Vertex: the model stands in the address, the version in the body.
 * Sources: platform.claude.com/docs ("Claude on Vertex AI"), recorded traffic.
 */
import { anthropicAtVertex } from "../vertex.ts"

const version = "vertex-2023-10-16"

export const atVertex = <Body extends { readonly model: string }>(baseUrl: string, { model, ...body }: Body) => ({
  baseURL: anthropicAtVertex(baseUrl),
  // Versions of models are written with an `@`, which an address may hold as it is.
  path: `/models/${encodeURIComponent(model).replaceAll("%40", "@")}:streamRawPredict`,
  body: { ...body, anthropic_version: version }
})
