/** The file that `config init` writes: every key with its default and what it is for, all commented out. */
import { stringify } from "yaml"
import * as z from "zod"
import { keyInfo } from "./key-info.ts"
import { settingsSchema } from "./schema.ts"
import { defaults } from "../settings.ts"

const head = `# Kintsugi's configuration. Everything below is commented out and shows its default: to change a key, remove the "# "
# before it and before its section, or use \`kintsugi config set KEY VALUE\`. Above this file stand, in this order: the
# project's .kintsugi/config.yaml, environment variables such as KINTSUGI_LLM_MODEL, flags.
# Texts may hold \${VAR} and \${VAR:-default}.
`

/** Explanations begin with `##`, so that removing one "# " from every line leaves a valid file. */
export const template = (): string => `${head}${sections(settingsSchema.shape, defaults, "", "\n")}`

const sections = (shape: z.core.$ZodShape, values: object, indent: string, gap: string): string =>
  Object.entries(shape)
    .map(([name, schema]) => {
      const about = `${gap}# ${indent}# ${keyInfo.get(schema)?.about ?? name}\n`
      const value: unknown = Reflect.get(values, name)
      if (schema instanceof z.ZodObject) {
        const inner = typeof value === "object" && value !== null ? value : {}
        return `${about}# ${indent}${name}:\n${sections(schema.shape, inner, `${indent}  `, "")}`
      }
      const text =
        value === undefined ? "" : ` ${stringify(value, { collectionStyle: "flow", lineWidth: 0 }).trimEnd()}`
      return `${about}# ${indent}${name}:${text}\n`
    })
    .join("")
