/** Moves the focus to a question that has just appeared, without catching a key that was meant for something else. */

/** Milliseconds in which keys are not taken for an answer. */
const grace = 600

let appeared = 0

/** For lit's `ref`. Who is writing a message is left alone: the question is read out, and Tab leads to it. */
export const askForFocus = (element?: Element): void => {
  if (!(element instanceof HTMLElement)) return
  appeared = performance.now()
  const prompt = document.activeElement
  const isWriting = prompt instanceof HTMLTextAreaElement && prompt.value !== ""
  if (isWriting || document.querySelector("dialog[open]") !== null) return
  requestAnimationFrame(() => element.focus({ preventScroll: true }))
}

export const isFresh = (): boolean => performance.now() - appeared < grace
