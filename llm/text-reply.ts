/**
 * Reads a reply in the text protocol while it streams: what is prose, and the one call it may end with.
 *
 * A call is an `Action:` line at the beginning of a line and outside code fences, with nothing but the name of a tool, and below it
 * `Action Input:` with a JSON object. Only the first one counts; what follows it is dropped, as is everything from an
 * `Observation:` on, which is ours to write. Slips that the model can mend are calls all the same, so that they are answered:
 * a known tool with broken or missing input (`input` is then a string), and an unknown tool with sound input. All else is prose.
 */

const keyword = { action: "Action:", input: "Action Input:", observation: "Observation:" }
const labels = ["Thought:", "Final Answer:"]
const markers = [...Object.values(keyword), ...labels]
const actionLine = /^Action:[ \t]*`?([A-Za-z_][\w.-]{0,63})`?[ \t]*\r?\n?$/
const fenceLine = /^ {0,3}(`{3,}|~{3,})(.*)/

export interface TextCall {
  readonly name: string
  /** An object, or the text that is not one. */
  readonly input: unknown
}

export class TextReply {
  /** The tool that is being called, as soon as that is certain. */
  calling: string | undefined

  readonly #tools: ReadonlySet<string>
  #state: "prose" | "action" | "input" | "over" = "prose"
  /** The line being read, how much of it was shown, and whether it is known to be prose. */
  #line = ""
  #shown = 0
  #plain = false
  /** The characters that will close the code block we are in. */
  #fence: string | undefined
  /** Spaces and line breaks that are shown only if more text follows. */
  #space = ""
  #spoken = false
  #name = ""
  /** Everything since the action began, in case it turns out to be prose. */
  #held = ""

  constructor(tools: ReadonlySet<string>) {
    this.#tools = tools
  }

  /** Takes the next piece of the reply. @returns what of the prose can be shown now. */
  push(delta: string): string {
    let shown = ""
    let rest = delta
    while (rest !== "" && (this.#state === "prose" || this.#state === "action")) {
      const end = rest.indexOf("\n") + 1
      const part = end === 0 ? rest : rest.slice(0, end)
      rest = rest.slice(part.length)
      this.#line += part
      shown += this.#read(end > 0)
    }
    if (this.#state === "input") this.#held += rest
    return shown
  }

  /** No more comes. @returns the rest of the prose, and the call. */
  end(): { readonly text: string; readonly call?: TextCall } {
    let text = this.#line === "" ? "" : this.#read(true)
    const call = this.#call()
    if (call === undefined && this.#held !== "") text += this.#show(this.#held)
    return { text, call }
  }

  /** Reads the current line as far as it is there. @returns what can be shown. */
  #read(complete: boolean): string {
    if (this.#state === "action") {
      if (this.#line.startsWith(keyword.input)) return this.#begin()
      if (this.#line.trim() === "") return complete ? this.#hold() : ""
      if (!complete && [keyword.input, keyword.observation].some((word) => word.startsWith(this.#line))) return ""
      if (this.#line.startsWith(keyword.observation)) return this.#close()
      return this.#giveUp() + this.#read(complete)
    }
    if (this.#fence === undefined && !this.#plain && this.#shown === 0) {
      if (this.#line.startsWith(keyword.observation) && this.#spoken) return this.#close()
      if (complete && actionLine.test(this.#line)) return this.#expectInput()
      if (!complete && this.#mayBeMarker()) return ""
      this.#dropLabel()
    }
    this.#plain = true
    const text = this.#show(this.#line.slice(this.#shown))
    this.#shown = this.#line.length
    if (complete) this.#nextLine()
    return text
  }

  #mayBeMarker(): boolean {
    const line = this.#line.trimEnd()
    return line.startsWith(keyword.action) || markers.some((marker) => marker.startsWith(line))
  }

  /** `Thought:` opens a reply, `Final Answer:` the last part of one: words of the protocol, not of the answer. */
  #dropLabel(): void {
    const label = labels.find((word) => this.#line.startsWith(word))
    if (label === undefined || (label === "Thought:" && this.#spoken)) return
    this.#line = this.#line.slice(label.length).replace(/^[ \t]+/, "")
  }

  #nextLine(): void {
    const [, mark, info = ""] = fenceLine.exec(this.#line) ?? []
    if (mark !== undefined && this.#fence === undefined) this.#fence = mark
    else if (mark !== undefined && mark.startsWith(this.#fence!) && info.trim() === "") this.#fence = undefined
    this.#line = ""
    this.#shown = 0
    this.#plain = false
  }

  #expectInput(): string {
    this.#name = actionLine.exec(this.#line)![1]!
    this.#state = "action"
    return this.#hold()
  }

  #hold(): string {
    this.#held += this.#line
    this.#line = ""
    return ""
  }

  #begin(): string {
    this.#state = "input"
    if (this.#tools.has(this.#name)) this.calling = this.#name
    return this.#hold()
  }

  /** An observation that the model made up: nothing after it counts. */
  #close(): string {
    this.#state = "over"
    this.#line = ""
    return ""
  }

  #giveUp(): string {
    const text = this.#show(this.#held)
    this.#held = ""
    this.#name = ""
    this.#state = "prose"
    return text
  }

  #show(text: string): string {
    const all = this.#spoken ? this.#space + text : text.trimStart()
    const visible = all.trimEnd()
    this.#space = all.slice(visible.length)
    this.#spoken ||= visible !== ""
    return visible
  }

  #call(): TextCall | undefined {
    if (this.#name === "") return undefined
    const known = this.#tools.has(this.#name)
    const raw = this.#held.slice(this.#held.indexOf("\n") + 1).trim()
    const text = raw.slice(raw.startsWith(keyword.input) ? keyword.input.length : 0)
    const input = readObject(text)
    if (input === undefined && !known) return undefined
    return { name: this.#name, input: input ?? text.split(/^Observation:/m)[0]!.trim() }
  }
}

/** The JSON object that a text begins with, perhaps in a code block of its own. */
const readObject = (text: string): object | undefined => {
  const start = text.trimStart().replace(/^```\w*[ \t]*\r?\n\s*/, "")
  if (!start.startsWith("{")) return undefined
  try {
    return JSON.parse(start.slice(0, endOfObject(start))) as object
  } catch {
    return undefined
  }
}

/** Where the brace that opens the text is closed; braces inside strings do not count. */
const endOfObject = (text: string): number => {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (quoted && character === "\\") at++
    else if (character === '"') quoted = !quoted
    else if (!quoted && character === "{") depth++
    else if (!quoted && character === "}" && --depth === 0) return at + 1
  }
  return text.length
}
