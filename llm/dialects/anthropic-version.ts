/** Versions of Anthropic's API, written as dates. */

/** What the SDK's types describe, and what is spoken where a provider's quirks say nothing else. */
export const newest = "2026-10-21"

/** From 2026 on: bearer tokens, no sampling parameters. */
export const speaksNewest = (version = newest): boolean => version >= "2026"
