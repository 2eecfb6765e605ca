/** dist/channels/web/built/: the web console's script and styles, where `channels/web/console.ts` looks for them. */
import { mkdir, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { bundle } from "../../channels/web/bundle.ts"

export const buildConsole = async (root: string, dist = "dist"): Promise<void> => {
  const folder = join(resolve(root, dist), "channels/web/built")
  const [{ script, styles }] = await Promise.all([bundle(), mkdir(folder, { recursive: true })])
  await Promise.all([writeFile(join(folder, "console.js"), script), writeFile(join(folder, "console.css"), styles)])
}
