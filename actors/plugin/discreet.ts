/**
 * What users besides the machine's own are told of a plugin in trouble. Why it is, only its owner sees: it may have failed at
 * what somebody else said, and its error repeats that.
 */
import type { PluginNews } from "../../machines/events.ts"

const words: Readonly<Record<PluginNews["state"], string>> = {
  healthy: "it works",
  degraded: "it has failed and is begun anew, or does without a part of it",
  quarantined: "it has failed too often and is out of use",
  disabled: "it is switched off"
}

/** @param owner Of the session that is told. */
export const newsFor =
  (owner: string | undefined) =>
  (news: PluginNews): PluginNews =>
    owner === undefined ? news : { ...news, reason: words[news.state] }
