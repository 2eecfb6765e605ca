/** A file that the agent sends: pictures are shown, all else can be taken. */
import { html, nothing, type TemplateResult } from "lit"
import type { FileData } from "./model.ts"
import { pictureLabel } from "./transcript.ts"

export const fileView = (file: FileData): TemplateResult => {
  const { src } = pictureLabel(file.name, file.mime, file.data)
  return html`<figure class="file card">
    ${src === undefined ? nothing : html`<img src=${src} alt=${file.name} />`}
    <figcaption>
      <span class="file-name">${file.name}</span>
      <span class="muted">${size(file.data)}</span>
      <button class="button button-small" type="button" @click=${() => save(file)}>Download</button>
    </figcaption>
  </figure>`
}

const size = (base64: string): string => {
  const bytes = Math.floor((base64.replace(/=+$/, "").length * 3) / 4)
  return bytes < 1024
    ? `${bytes} B`
    : bytes < 1024 * 1024
      ? `${(bytes / 1024).toFixed(0)} KB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** As bytes of no kind: whatever the file says it is, the browser opens nothing in this page's name. */
const save = ({ name, data }: FileData): void => {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0))
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }))
  const anchor = document.createElement("a")
  anchor.href = address
  anchor.download = name.replace(/[/\\\p{Cc}]/gu, "_")
  anchor.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
