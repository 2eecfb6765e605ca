/**
 * Runs the chat where the cursor cannot be moved (`TERM=dumb`): whole lines in, finished lines out.
 *
 * The same state, commands and messages as on the full screen; what would be drawn and drawn again is left out.
 */
import { createInterface } from "node:readline"
import { titleOf } from "../../plugins/inquiry/words.ts"
import { fieldLines } from "../form-line.ts"
import { type Conversation, converse } from "./conversation.ts"
import { endInOrder } from "./endings.ts"
import { extensionRuns, offerExtras } from "./extensions.ts"
import type { RunOptions } from "./options.ts"
import { printed } from "./text/item.ts"
import { type KeyName } from "./screen/keys.ts"
import { paintAll, type Theme } from "./text/paint.ts"
import { complain, follow, perform, type World } from "./perform.ts"
import { matches, type Picker } from "./screen/picker.ts"
import type { Form } from "./screen/form.ts"
import { inquiryBody, isInquiry } from "./screen/inquiry.ts"
import { questionBody } from "./screen/question.ts"
import { initial, type State } from "./screen/state.ts"
import { statusOf } from "./screen/status.ts"
import { createStore, type Store } from "./store.ts"
import { clean, type Line, reveal, say } from "./text/text.ts"

/** @returns the id of the session that was left, `undefined` when nothing was said in it. */
export const run = async ({ options, session, theme, banner, terminal }: RunOptions): Promise<string | undefined> => {
  const { promise: left, resolve: leave } = Promise.withResolvers<void>()
  const onTerminal: World["onTerminal"] = () => complain(store, "this terminal cannot do that")
  const world: World = {
    options,
    leave,
    onTerminal,
    store: () => store,
    conversation: () => conversation,
    runs: () => runs
  }
  const { show_thinking: thinkingShown, show_tool_calls: callsShown } = options.ui
  const size = { columns: terminal.stdout.columns || 80, rows: 24 }
  const store = createStore(
    initial({ status: statusOf(session.view()), thinkingShown, callsShown, ...size }),
    (effect) => perform(effect, world)
  )
  store.subscribe(printer(store, theme, (text) => terminal.stdout.write(text)))
  store.dispatch({ type: "item", item: banner })
  const runs = extensionRuns(() => conversation.session().extensions, store.dispatch)
  const conversation: Conversation = converse({
    session,
    cwd: options.cwd,
    open: options.open,
    dispatch: store.dispatch,
    blindness: options.blindness ?? (() => []),
    onExtensions: (shown) => offerExtras(shown, store)
  })

  const link = follow(options, store)
  const lines = createInterface({ input: terminal.stdin, terminal: false })
  lines.on("line", (text) => enter(store, text))
  lines.on("close", leave)
  const interrupt = (): void =>
    store.dispatch({ type: "key", key: { type: "key", name: "c", ctrl: true }, now: Date.now() })
  process.on("SIGINT", interrupt)
  const endings = endInOrder(["SIGTERM", "SIGHUP"], () => conversation.close().finally(options.release))
  await left
  await endings.unlessEnding()
  process.off("SIGINT", interrupt)
  endings.stopListening()
  lines.close()
  link.unsubscribe()
  await conversation.close()
  return conversation.resumable()
}

const press = (store: Store, ...names: ReadonlyArray<KeyName>): void =>
  names.forEach((name) => store.dispatch({ type: "key", key: { type: "key", name }, now: Date.now() }))

/** A line answers what stands open, else it is a message or a command. */
const enter = (store: Store, text: string): void => {
  const { asking, picker } = store.current()
  const word = text.trim().toLowerCase()
  if (asking?.form !== undefined && Date.now() >= asking.readyAt) return fill(store, asking.form, text)
  if (asking !== undefined && Date.now() >= asking.readyAt && /^(y|yes|a|always|n|no)$/.test(word)) {
    return store.dispatch({ type: "key", key: { type: "text", text: word.charAt(0) }, now: Date.now() })
  }
  if (picker !== undefined) return choose(store, picker, Number(word))
  // A wrong command would stay in the prompt, to be put right: here nobody sees it there.
  store.dispatch({ type: "edited", text: "" })
  store.dispatch({ type: "paste", text, now: Date.now() })
  press(store, "enter")
}

/** A line is for the field that is asked; behind the last one it is yes or no. */
const fill = (store: Store, { at, fields }: Form, text: string): void => {
  if (text.trim() === decline) return press(store, "escape")
  if (at < fields.length) return store.dispatch({ type: "filled", text, now: Date.now() })
  press(store, /^y(es)?$/i.test(text.trim()) ? "enter" : "escape")
}

const decline = "/decline"

/** Moves to the row of a number, from wherever the list has opened, and takes it. */
const choose = (store: Store, picker: Picker, number: number): void => {
  const count = matches(picker).length
  if (!Number.isInteger(number) || number < 1 || number > count) return press(store, "escape")
  const down = (number - 1 - picker.selected + count) % count
  press(store, ...Array.from({ length: down }, () => "down" as const), "enter")
}

/** Prints what is new whenever the state changes. */
const printer = (store: Store, theme: Theme, write: (text: string) => void): (() => void) => {
  let before: State | undefined
  let count = 0
  return () => {
    const state = store.get()
    const options = {
      width: state.columns - 1,
      links: false,
      thinking: state.thinkingShown,
      calls: state.callsShown,
      expanded: false
    }
    const news: Array<Line> = []
    for (; count < state.view.done.length; count++) {
      // Messages typed here stand on the screen already.
      const item = state.view.done[count]
      const isHere = item?.kind === "user" && item.elsewhere !== true
      const isEcho = isHere && before !== undefined && before.status.id === state.status.id
      if (isEcho) news.push(...(item.images ?? []).map((label) => say(clean(label))))
      else news.push(...printed(state.view.done, count, options))
    }
    news.push(...questionNews(state, before), ...pickerNews(state, before), ...runningNews(state, before))
    if (state.hint !== undefined && state.hint !== before?.hint) news.push(say(state.hint.text))
    if (news.length > 0) write(`${paintAll(news, theme)}\n`)
    before = state
  }
}

const questionNews = (state: State, before: State | undefined): ReadonlyArray<Line> => {
  const { view, status, columns } = state
  const [question] = view.questions
  if (question === undefined) return []
  const isNew = question.id !== before?.view.questions[0]?.id
  if (isInquiry(question)) return [...(isNew ? inquiryNews(question, columns) : []), ...fieldNews(state, before)]
  if (!isNew) return []
  const title = say(`Allow ${question.tool}? (${question.preview.risk ?? question.risk})`)
  return [
    [],
    title,
    ...questionBody(question, columns - 1, status.cwd),
    say(`y: yes, once · ${question.rule === "" ? "" : `a: always in this session, ${question.rule} · `}n: no`)
  ]
}

const inquiryNews = (question: Parameters<typeof inquiryBody>[0], columns: number): ReadonlyArray<Line> => {
  const { inquiry, tool, agent } = question
  const whose = agent === undefined ? tool : `${tool}, subagent ${agent}`
  return [
    [],
    say(reveal(`${inquiry.from} asks (${whose})`).replaceAll("\n", " ")),
    ...inquiryBody(question, columns - 1),
    say((inquiry.fields ?? []).length === 0 ? "y: yes · n: no" : `${decline}: give no answer`)
  ]
}

/** The field that comes next, or why the line that was typed does not fit it. */
const fieldNews = ({ asking }: State, before: State | undefined): ReadonlyArray<Line> => {
  const [form, old] = [asking?.form, before?.asking?.form]
  if (form === undefined || form === old) return []
  const field = form.fields[form.at]
  if (field === undefined) return form.at === old?.at ? [] : [say("Send it? y: yes · n: no")]
  const problem = form.problems[field.name]
  const rows = problem === undefined ? fieldLines(field) : [`${titleOf(field)} ${problem}`]
  return rows.flatMap((row) => reveal(row).split("\n")).map((row) => say(row))
}

const runningNews = ({ running }: State, before: State | undefined): ReadonlyArray<Line> => {
  if (running === undefined || running === before?.running) return []
  const label = clean(running.label).replace(/\s+/g, " ")
  if (running.id !== before?.running?.id) return [say(`${label} … ctrl-c gives it up`)]
  return running.told === before.running.told ? [] : [say(`${label}: ${clean(running.told)}`)]
}

const pickerNews = ({ picker }: State, before: State | undefined): ReadonlyArray<Line> => {
  if (picker?.choices === undefined || picker.choices === before?.picker?.choices) return []
  const rows = matches(picker).map(({ label, note }, index) => say(`${index + 1}. ${label}  ${note}`))
  return [[], ...rows, say("type a number to choose, anything else to go on without")]
}
