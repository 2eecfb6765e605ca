/** Files that the user gives: dropped, pasted or chosen. */
import type { App } from "../app.ts"
import type { FileData } from "./model.ts"

/** What one message may carry, in bytes and pieces: as Base64 it must fit into a frame. */
const limits = { bytes: 11 * 1024 * 1024, pieces: 20 }

export const give = async (list: Iterable<File>, app: App): Promise<void> => {
  const given = [...list]
  if (given.length === 0) return
  const read = await Promise.all(given.map(readFile))
  const files = [...app.state().chat.files, ...read.flatMap((file) => file ?? [])]
  const size = files.reduce((sum, { data }) => sum + data.length * 0.75, 0)
  if (read.some((file) => file === undefined)) return trouble(app, "A file could not be read; a folder is none.")
  if (files.length > limits.pieces) return trouble(app, `At most ${limits.pieces} files go with one message.`)
  if (size > limits.bytes) return trouble(app, "These files are too large: at most 11 MB go with one message.")
  app.dispatch({ type: "chat.filed", files })
}

const trouble = (app: App, text: string): void => app.dispatch({ type: "chat.troubled", text })

const readFile = async (file: File): Promise<FileData | undefined> => {
  try {
    if (file.size > limits.bytes)
      return { name: file.name, mime: file.type || unknown, data: "A".repeat(file.size * 1.4) }
    const address = await dataUrl(file)
    const mime = /^[\w.+-]+\/[\w.+-]+/.exec(file.type)?.[0] ?? unknown
    return { name: file.name.slice(-255) || "file", mime, data: address.slice(address.indexOf(",") + 1) }
  } catch {
    return undefined
  }
}

const unknown = "application/octet-stream"

const dataUrl = (file: File): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const reader = new FileReader()
  reader.addEventListener("load", () =>
    typeof reader.result === "string" ? resolve(reader.result) : reject(reader.error)
  )
  reader.addEventListener("error", () => reject(reader.error))
  reader.readAsDataURL(file)
  return promise
}

export const pasted = (event: ClipboardEvent, app: App): void => {
  const files = [...(event.clipboardData?.files ?? [])]
  if (files.length === 0) return
  event.preventDefault()
  void give(files, app)
}

const mark = (event: DragEvent, isOver: boolean): void => {
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.classList.toggle("is-over", isOver)
}

export const draggedOver = (event: DragEvent): void => {
  if (!event.dataTransfer?.types.includes("Files")) return
  event.preventDefault()
  mark(event, true)
}

export const draggedOut = (event: DragEvent): void => {
  const to = event.relatedTarget
  if (to instanceof Node && event.currentTarget instanceof Node && event.currentTarget.contains(to)) return
  mark(event, false)
}

export const dropped = (event: DragEvent, app: App): void => {
  const files = [...(event.dataTransfer?.files ?? [])]
  mark(event, false)
  if (files.length === 0) return
  event.preventDefault()
  void give(files, app)
}
