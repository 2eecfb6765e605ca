/** A plugin that breaks; its calls must not be called again. */
import { broken } from "./broken.ts"

// oxlint-disable-next-line import/no-default-export -- a plugin module's default export is its plugin
export default broken("beta", false)
