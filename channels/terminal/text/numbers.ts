/** Numbers as people read them at a glance, here as everywhere. */
export { ago, costWords, dollars, elapsed, tokens } from "../../numbers.ts"
