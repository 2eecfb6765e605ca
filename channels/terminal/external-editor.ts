/** Writes a message in the user's own editor: `$VISUAL`, `$EDITOR`, else vi. */
import { spawn } from "node:child_process"
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** @returns the text as it was left, without the newline that editors add. @throws when the editor cannot be started or fails. */
export const editText = async (text: string): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "kintsugi-message-"))
  const file = join(folder, "message.md")
  try {
    await writeFile(file, text)
    await edit(process.env.VISUAL || process.env.EDITOR || "vi", file)
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "")
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Through a shell, because the variable may hold options; the file is handed over as an argument. */
const edit = (command: string, file: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", `${command} "$1"`, "sh", file], { stdio: "inherit" })
    child.on("error", reject)
    child.on("exit", (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${command} ended with ${code ?? "a signal"}; the message is as it was`))
    )
  })
