/** Versions of Anthropic's API, written as dates. */

/** From 2026 on: bearer tokens, no sampling parameters. Absent is the SDK's own, which is 2026-10-21. */
export const speaksNewest = (version: string | undefined): boolean => version === undefined || version >= "2026"
