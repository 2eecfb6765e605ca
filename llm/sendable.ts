/** What can stand in a header as a key. */

/** What a browser or a document adds in copying (an ellipsis, a line break, a space of no width) cannot. */
export const isSendable = (key: string): boolean => /^[\x21-\x7e]+$/.test(key)
