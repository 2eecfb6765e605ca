/** Items of a conversation: added at the end, changed where they stand. */
import type { Chat, Item, ItemBody } from "./model.ts"

export const add = (chat: Chat, ...bodies: ReadonlyArray<ItemBody>): Chat =>
  bodies.length === 0
    ? chat
    : {
        ...chat,
        made: chat.made + bodies.length,
        items: [...chat.items, ...bodies.map((body, index): Item => ({ ...body, key: `i${chat.made + index}` }))]
      }

/** The newest item that fits, changed; `undefined` when none fits. */
export const change = <Kind extends ItemBody["kind"]>(
  chat: Chat,
  kind: Kind,
  fits: (item: Extract<Item, { kind: Kind }>) => boolean,
  to: (item: Extract<Item, { kind: Kind }>) => Item
): Chat | undefined => {
  const isIt = (item: Item): item is Extract<Item, { kind: Kind }> => item.kind === kind
  const at = chat.items.findLastIndex((item) => isIt(item) && fits(item))
  const found = chat.items[at]
  if (found === undefined || !isIt(found)) return undefined
  return { ...chat, items: chat.items.with(at, to(found)) }
}

/** As above, and nothing where none fits. */
export const changeIf = (...[chat, kind, fits, to]: Parameters<typeof change>): Chat =>
  change(chat, kind, fits, to) ?? chat
