import { stripVTControlCharacters } from "node:util"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { paint, themeOf, type Theme } from "../../../../channels/terminal/text/paint.ts"
import type { Style } from "../../../../channels/terminal/text/text.ts"

const rich: Theme = { colors: 256, background: "dark", links: true }
const bare: Theme = { colors: 0, background: "unknown", links: false }

it("lets no escape sequence through but its own, whatever the text and the address hold", () => {
  const nasty = fc
    .array(fc.constantFrom("a", "\u001b", "[2J", "]52;c;x", "\u0007", "\u009c", "\n", "\ud800", "é"), { maxLength: 12 })
    .map((all) => all.join(""))
  const style: fc.Arbitrary<Style> = fc.record({
    bold: fc.boolean(),
    tone: fc.constantFrom("accent", "bad"),
    link: nasty.map((text) => `https://x/${text}`)
  })
  fc.assert(
    fc.property(nasty, style, (text, styled) => {
      const painted = paint([{ text, style: styled }], rich)
      const ours = painted.replace(/\u001b\[[\d;]*m/g, "").replace(/\u001b\]8;;[\x21-\x7e]*\u0007/g, "")
      expect(ours).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
    })
  )
})

it("opens web addresses only", () => {
  expect(paint([{ text: "x", style: { link: "javascript:alert(1)" } }], rich)).toBe("x")
  expect(paint([{ text: "x", style: { link: "https://example.com/ü" } }], rich)).toBe(
    "\u001b]8;;https://example.com/%C3%BC\u0007x\u001b]8;;\u0007"
  )
})

it("writes plain text where there are no colours", () => {
  expect(paint([{ text: "x", style: { bold: true, tone: "bad", inverse: true, link: "https://x" } }], bare)).toBe("x")
})

it("paints what a style says and ends it", () => {
  const painted = paint([{ text: "a", style: { bold: true, tone: "bad" } }, { text: "b" }], rich)
  expect(painted).toBe("\u001b[1;31ma\u001b[0mb")
  expect(stripVTControlCharacters(painted)).toBe("ab")
})

describe("the theme", () => {
  it.each([
    [{ NO_COLOR: "1", TERM: "xterm-256color" }, 0],
    [{ NO_COLOR: "", TERM: "xterm-256color" }, 256],
    [{ NO_COLOR: "1", FORCE_COLOR: "1", TERM: "xterm" }, 16],
    [{ TERM: "dumb" }, 0],
    [{ TERM: "linux" }, 16],
    [{ TERM: "xterm", COLORTERM: "truecolor" }, 256]
  ] as const)("has the colours of %j", (env, colors) => expect(themeOf("auto", env).colors).toBe(colors))

  it("takes the background from the setting, else from the terminal, else leaves it open", () => {
    expect(themeOf("light", { COLORFGBG: "15;0" }).background).toBe("light")
    expect(themeOf("auto", { COLORFGBG: "0;15" }).background).toBe("light")
    expect(themeOf("auto", { COLORFGBG: "15;0" }).background).toBe("dark")
    expect(themeOf("auto", {}).background).toBe("unknown")
  })

  it("writes links only for terminals that open them", () => {
    expect(themeOf("auto", { TERM: "xterm-kitty" }).links).toBe(true)
    expect(themeOf("auto", { TERM: "xterm-kitty", TMUX: "/tmp/x" }).links).toBe(false)
    expect(themeOf("auto", { TERM: "xterm" }).links).toBe(false)
  })
})
