/** Text from models and tools must not steer the terminal that shows it. */
import { stripVTControlCharacters } from "node:util"

/** Without escape sequences, control characters and marks that turn the direction of reading. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "")
