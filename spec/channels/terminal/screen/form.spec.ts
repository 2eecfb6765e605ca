/** The box in which a tool asks: filled in by keys, by lines and by pasted text. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { AgentNotice } from "../../../../machines/events.ts"
import type { Inquiry } from "../../../../plugins/inquiry.ts"
import { screen } from "../../../../channels/terminal/screen/screen.ts"
import { lineText, lineWidth } from "../../../../channels/terminal/text/text.ts"
import { drive } from "./drive.ts"

const form: Inquiry = {
  from: "server x",
  message: "Who shall be greeted?",
  fields: [
    { name: "name", title: "Name", type: "text", required: true, minLength: 2 },
    { name: "times", type: "integer", required: false, minimum: 1, default: 3 },
    { name: "tone", type: "choice", required: false, options: [{ value: "w", title: "Warm" }, { value: "d" }] },
    { name: "with", type: "choices", required: false, options: [{ value: "tea" }, { value: "cake" }], maxItems: 1 },
    { name: "loud", type: "boolean", required: false, default: false }
  ]
}

const asked = (inquiry: Inquiry, id = "q"): AgentNotice => ({
  type: "agent.asked",
  id,
  callId: "a",
  tool: "greet",
  input: {},
  risk: "read",
  preview: {},
  rule: "",
  inquiry
})

/** A question that stands there long enough to be answered. */
const asking = (inquiry: Inquiry = form) => {
  const hand = drive()
  hand.notify(asked(inquiry))
  hand.wait(1000)
  const shown = () => screen(hand.state(), { now: 0, links: false }).lines.map(lineText).join("\n")
  return { ...hand, shown }
}

const yes = (content?: object) => [
  { type: "permission.answered", id: "q", decision: "allow", ...(content && { content }) }
]
const no = [{ type: "permission.answered", id: "q", decision: "deny" }]

describe("a form", () => {
  it("is filled in field by field and sent from the end", () => {
    const { enter, press, type, sent, shown, state } = asking()
    expect(shown()).toMatch(
      /server x asks · greet[^]*Who shall be greeted\?[^]*goes to server x[^]*› Name {2}at least 2/
    )
    enter("Ada")
    enter("3")
    press("right")
    press("right")
    enter()
    type(" ")
    enter()
    enter("y")
    expect(sent()).toEqual([])
    enter()
    expect(sent()).toEqual(yes({ name: "Ada", times: 33, tone: "d", with: ["tea"], loud: true }))
    expect(state().asking).toBeUndefined()
  })

  it("says at the field what is wrong, keeps the cursor there, and sends nothing", () => {
    const { enter, press, type, sent, shown } = asking()
    enter("A")
    expect(shown()).toMatch(/! must have at least 2 characters/)
    for (let n = 0; n < 9; n++) press("down")
    enter()
    expect(shown()).toMatch(/› Name[^]*! must have at least 2 characters/)
    type("da")
    expect(shown()).not.toMatch(/!/)
    press("down")
    press("backspace")
    enter("0")
    expect(shown()).toMatch(/› times[^]*! must be a whole number, at least 1/)
    expect(sent()).toEqual([])
  })

  it("is declined by escape, wherever the cursor is", () => {
    const { enter, press, sent } = asking()
    enter("Ada")
    press("escape")
    expect(sent()).toEqual(no)
  })

  it("has its text fields edited like the prompt, and never gets a second line", () => {
    const { paste, press, type, enter, sent, ctrl } = asking()
    paste("Ada\nLovelace\u001b[31m")
    press("home")
    type("The ")
    ctrl("j")
    enter()
    press("tab")
    press("tab")
    press("tab")
    enter()
    enter()
    expect(sent()).toEqual(yes({ name: "The Ada Lovelace", times: 3, loud: false }))
  })

  it("takes an option back where none is needed", () => {
    const { enter, press, sent } = asking({ ...form, fields: form.fields?.slice(2, 3) })
    press("left")
    press("backspace")
    enter()
    enter()
    expect(sent()).toEqual(yes({}))
  })

  it("does not catch what was meant for the prompt", () => {
    const hand = drive()
    hand.type("half a ")
    hand.notify(asked(form))
    hand.type("word")
    hand.paste(" more")
    expect(hand.state().editor.text).toBe("half a word more")
    expect(hand.state().asking?.form?.entries[0]).toMatchObject({ editor: { text: "" } })
  })

  it("is taken away when somebody else answers, or the turn ends", () => {
    const { notify, state } = asking()
    notify({ type: "agent.answered", id: "q", decision: "deny" })
    expect(state().asking).toBeUndefined()
  })

  it("takes whole lines where keys cannot be read", () => {
    const { act, sent, state, press } = asking()
    const fill = (text: string) => act({ type: "filled", text, now: 20_000 })
    fill("A")
    expect(state().asking?.form).toMatchObject({ at: 0, problems: { name: "must have at least 2 characters" } })
    for (const line of ["Ada", "", "warm", "2", "yes"]) fill(line)
    press("enter")
    expect(sent()).toEqual(yes({ name: "Ada", times: 3, tone: "w", with: ["cake"], loud: true }))
  })
})

describe("a mere yes or no", () => {
  it.each<[string, ReadonlyArray<object>]>([
    ["y", yes()],
    ["n", no]
  ])("is answered by %s", (key, events) => {
    const { type, sent } = asking({ from: "x", message: "Sure?" })
    type("a")
    expect(sent()).toEqual([])
    type(key)
    expect(sent()).toEqual(events)
  })

  it("to a page shows all of its address, and leaves it where it can be read", () => {
    const url = `https://login.example.evil.example/${"x".repeat(200)}?end`
    const { shown, press, sent, notes, state } = asking({ from: "x", message: "Log in", url })
    expect(shown().replace(/[│\s]/g, "")).toContain(url)
    const host = screen(state(), { now: 0, links: false })
      .lines.flat()
      .find(({ style }) => style?.underline)
    expect(host?.text).toBe("login.example.evil.example")
    press("right")
    press("left")
    press("enter")
    expect(sent()).toEqual(yes())
    expect(notes().join()).toContain(url)
  })
})

it("fits the screen and hides nothing, whatever a stranger asks", () => {
  const words = fc.oneof(
    fc.string({ unit: "binary", maxLength: 40 }),
    fc.constantFrom("日本語テスト", "a\u202Eb", "\u001b[2J", "x\ny", "   ", "valueOf", "__proto__")
  )
  const option = fc.record({ value: words, title: words })
  const common = { name: words, title: words, description: words, required: fc.boolean() }
  const field = fc.oneof(
    fc.record({ ...common, type: fc.constant("text" as const), default: words }),
    fc.record({ ...common, type: fc.constant("boolean" as const) }),
    fc.record({ ...common, type: fc.constant("choice" as const), options: fc.array(option, { minLength: 1 }) }),
    fc.record({ ...common, type: fc.constant("choices" as const), options: fc.array(option, { minLength: 1 }) })
  )
  const inquiry = fc.record({ from: words, message: words, fields: fc.array(field, { maxLength: 5 }) })
  const keys = fc.array(fc.constantFrom("down", "right", "enter", "pagedown", "pageup", "backspace", "up"), {
    maxLength: 12
  })
  const size = fc.record({ columns: fc.integer({ min: 16, max: 90 }), rows: fc.integer({ min: 6, max: 30 }) })
  fc.assert(
    fc.property(inquiry, keys, size, (given, pressed, { columns, rows }) => {
      const { act, press, type, state } = asking(given)
      act({ type: "resized", columns, rows })
      type("é日 ")
      pressed.forEach((key) => press(key))
      const { lines } = screen(state(), { now: 0, links: false })
      expect(lines.length).toBeLessThanOrEqual(rows)
      for (const line of lines) {
        expect(lineWidth(line)).toBeLessThanOrEqual(columns)
        expect(lineText(line)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/)
      }
    }),
    { numRuns: 150 }
  )
})

describe("a form in a small window", () => {
  const many: Inquiry = {
    from: "x",
    message: "word ".repeat(200),
    fields: [
      { name: "name", type: "text", required: false, description: "about ".repeat(150) },
      { name: "loud", type: "boolean", required: false, default: true },
      {
        name: "days",
        type: "choices",
        required: false,
        options: Array.from({ length: 30 }, (_, n) => ({ value: `day ${n + 1}` }))
      }
    ]
  }

  it("shows what is asked first, then always the line that is being filled in", () => {
    const { shown, type, enter, press, paste } = asking(many)
    expect(shown()).toMatch(/x asks · greet │?[^]*word word/)
    paste("Bob")
    expect(shown()).toMatch(/│ +Bob/)
    type("by")
    expect(shown()).toMatch(/│ +Bobby/)
    enter()
    expect(shown()).toMatch(/‹ yes ›/)
    enter()
    expect(shown()).toMatch(/\[ \] day 1 /)
    for (let n = 0; n < 19; n++) press("right")
    expect(shown()).toMatch(/\[ \] day 20 /)
    press("left")
    type(" ")
    expect(shown()).toMatch(/\[x\] day 19 /)
  })
})
