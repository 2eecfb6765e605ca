/** What holds of every message, whatever it comes over. */

/** Bytes of one message. */
export const messageLimit = 4 * 1024 * 1024
