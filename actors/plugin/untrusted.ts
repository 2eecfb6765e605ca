/** What a folder has of its own plugins, for whoever asks whether to trust it. */
import { projectFinds } from "../../plugins/discover.ts"

/** Names of those that would be run, were the folder trusted. Runs nothing; never rejects. */
export const untrustedPlugins = async (cwd: string): Promise<ReadonlyArray<string>> =>
  projectFinds(cwd).flatMap(({ name, state }) => (state === "found" ? [name] : []))
