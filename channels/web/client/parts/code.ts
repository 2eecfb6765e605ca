/** Code in colours, by the grammars of highlight.js, with a button that copies it. */
import { html, nothing, type TemplateResult } from "lit"
import { common, createLowlight } from "lowlight"

const lowlight = createLowlight(common)

/** Characters; more would take longer to colour than to read. */
const longest = 50_000

type Tree = ReturnType<typeof lowlight.highlight>

/** @param isOpen It is still being written, and coloured when it is done. */
export const codeView = (code: string, language: string, isOpen = false): TemplateResult => html`
  <figure class="code">
    <figcaption class="code-head">
      <span>${language}</span>
      ${isOpen ? nothing : html`<button class="button button-small" type="button" @click=${copy}>Copy</button>`}
    </figcaption>
    <pre tabindex="0"><code>${isOpen ? code : coloured(code, language)}</code></pre>
  </figure>
`

const coloured = (code: string, language: string): unknown => {
  const isKnown = code.length <= longest && lowlight.registered(language)
  return isKnown ? nodes(lowlight.highlight(language, code).children) : code
}

const nodes = (children: Tree["children"]): unknown =>
  children.map((node) => {
    if (node.type === "text") return node.value
    if (node.type !== "element") return nothing
    const { className } = node.properties
    const names = Array.isArray(className) ? className.join(" ") : ""
    return html`<span class=${names}>${nodes(node.children)}</span>`
  })

const copy = (event: Event): void => {
  const button = event.currentTarget
  if (!(button instanceof HTMLButtonElement)) return
  const code = button.closest(".code")?.querySelector("code")
  if (code == null) return
  void put(code).then((isDone) => {
    button.textContent = isDone ? "Copied" : "Press Ctrl+C"
    setTimeout(() => (button.textContent = "Copy"), 2000)
  })
}

/** Without encryption browsers give no clipboard to pages of other machines: then the code is marked, to be copied by hand. */
const put = async (code: Element): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(code.textContent ?? "")
    return true
  } catch {
    getSelection()?.selectAllChildren(code)
    return false
  }
}
