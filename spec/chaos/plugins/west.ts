/** A neighbour in a process of its own. */
import { neighbour } from "./neighbour.ts"

// oxlint-disable-next-line import/no-default-export -- a plugin module's default export is its plugin
export default neighbour("west")
