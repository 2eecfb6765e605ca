/** `supervision = reduceSupervision(supervision, happening, now)`. */
import type { Happening } from "../happening.ts"
import type { Supervision } from "./model.ts"
import { readHealth } from "./told.ts"

export const reduceSupervision = (supervision: Supervision, happening: Happening, _now: number): Supervision => {
  switch (happening.type) {
    case "frame": {
      const told = happening.frame.type === "health" ? readHealth(happening.frame.health) : undefined
      return told === undefined ? supervision : { ...supervision, told }
    }
    case "supervision.walked":
      return { ...supervision, outline: happening.outline }
    case "supervision.reviving": {
      const { refusal: _, ...rest } = supervision
      return { ...rest, reviving: happening.plugin }
    }
    case "supervision.revived": {
      const { reviving: _, ...rest } = supervision
      const { plugin, why } = happening
      return why === undefined ? rest : { ...rest, refusal: { plugin, why } }
    }
    default:
      return supervision
  }
}
