/** All templates in the order in which they are tried: those that keep the author's meaning, then those that guard. */
import type { Template } from "../template.ts"
import { guarding } from "./guarding.ts"
import { precise } from "./precise.ts"

export const templates: ReadonlyArray<Template> = [...precise, ...guarding]
