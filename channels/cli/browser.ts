/** Opens a page in the user's browser, where there is one. */
import { spawn } from "node:child_process"
import { commandEnvironment } from "../../plugins/ports/environment.ts"
import type { Io } from "./io.ts"

/** @returns whether a browser was asked to; that it shows the page is not known. */
export const openInBrowser = (io: Io, page: URL): boolean => {
  const command = browserOf(io.env)
  if (command === undefined || !["https:", "http:"].includes(page.protocol)) return false
  const [program, ...args] = command
  const child = spawn(program, [...args, page.href], {
    stdio: "ignore",
    detached: true,
    env: commandEnvironment(io.env)
  })
  child.on("error", () => {})
  child.unref()
  return true
}

/** `BROWSER` is honoured as other programs do: one program, without arguments. */
const browserOf = ({
  BROWSER: own = "",
  DISPLAY: x11 = "",
  WAYLAND_DISPLAY: wayland = ""
}: Io["env"]): readonly [string, ...ReadonlyArray<string>] | undefined => {
  if (own !== "") return [own]
  if (process.platform === "darwin") return ["open"]
  if (process.platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"]
  return x11 === "" && wayland === "" ? undefined : ["xdg-open"]
}
