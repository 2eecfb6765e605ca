/** Images for a model that cannot see: told before anything is sent. */
import type { SessionView } from "../../actors/session-host.ts"
import type { Settings } from "../../actors/settings.ts"
import { lookUp } from "../../llm/catalog/catalog.ts"
import { readModelId } from "../../llm/model-id.ts"
import type { Content } from "../attachments.ts"

/** A line when the message has images and the model is known not to take any. */
export const blindness = (
  { model, modelInfo }: Pick<SessionView, "model" | "modelInfo">,
  content: Content,
  { models }: Pick<Settings["llm"], "models">,
  how = "/model or -m chooses another"
): ReadonlyArray<string> => {
  const count = content.filter(({ type }) => type === "image").length
  if (count === 0) return []
  // Of a model that was not opened yet only the catalogue and the user know anything.
  const sees = modelInfo.images ?? models[model]?.images ?? catalogued(model)
  return sees === false
    ? [
        `${model} cannot see images: it is told that there ${count === 1 ? "is one" : `are ${count}`}, and no more. ${how}.`
      ]
    : []
}

const catalogued = (model: string): boolean | undefined => {
  const id = readModelId(model)
  return id === undefined ? undefined : lookUp(id.provider, id.name).images
}
