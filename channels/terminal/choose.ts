/** A list to choose from outside the chat, for commands that ask one thing. */
import type { ReactElement } from "react"
import { readKeys } from "./screen/keys.ts"
import { type Choice, openPicker, type Picker, pickerLines, pressPicker } from "./screen/picker.ts"
import { paintAll, themeOf } from "./text/paint.ts"

/** Rows of the list, with its title and foot. */
const height = 12

/** @returns the id of the choice; `undefined` when the user wants none. Standard input and output must be a terminal. */
export const chooseFrom = async (title: string, choices: ReadonlyArray<Choice>): Promise<string | undefined> => {
  const [{ render, Text, useInput, usePaste }, { createElement: h, useState }] = await Promise.all([
    import("ink"),
    import("react")
  ])
  const theme = themeOf("auto", process.env)
  const { promise, resolve } = Promise.withResolvers<string | undefined>()

  const List = (): ReactElement => {
    const [picker, setPicker] = useState<Picker>(openPicker("model", title, choices))
    const press = (key: ReturnType<typeof readKeys>[number]): void => {
      if (key.type === "key" && key.ctrl === true && key.name === "c") return resolve(undefined)
      setPicker((before) => {
        const picked = pressPicker(before, key)
        if (picked.type === "open") return picked.picker
        resolve(picked.type === "taken" ? picked.choice.id : undefined)
        return before
      })
    }
    useInput((input, key) => readKeys(input, key).forEach(press))
    usePaste((text) => press({ type: "text", text }))
    const width = (process.stdout.columns || 80) - 1
    return h(Text, { wrap: "truncate" }, paintAll(pickerLines(picker, width, height), theme))
  }

  const app = render(h(List), { exitOnCtrlC: false })
  const id = await promise
  app.clear()
  app.unmount()
  await app.waitUntilExit()
  // Ink lets go of it; the next question must be waited for.
  process.stdin.ref()
  return id
}
