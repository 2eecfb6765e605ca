/** Ids for calls to which a server gave none. */

/** 8 hexadecimal digits: with a place behind them, an id that even the strictest server takes (9 letters and digits). */
export const newSeed = (): string => crypto.randomUUID().slice(0, 8)
