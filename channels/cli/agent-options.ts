/** What may stand behind `chat` and `run`. */
import { type Command, Option } from "commander"
import { modes } from "../../plugins/permission.ts"
import { CliError } from "./io.ts"

const shared = (command: Command): Command =>
  command
    .option("-m, --model <id>", "provider/model, for example anthropic/claude-sonnet-5")
    .option("-c, --continue", "go on with the newest session of this folder")
    .option("-r, --resume <session>", "go on with this session")
    .addOption(new Option("--permissions <mode>", "what may be done without asking").choices([...modes]))
    .option("-C, --cd <dir>", "work in this folder")

export const chatOptions = (command: Command): Command =>
  shared(command)
    .option("--connect <address>", "talk with the agent of a running server, as ws://HOST:PORT/ws")
    .option("--api-key <key>", "its key; rather set KINTSUGI_API_KEY, which nobody else can see")

export const runOptions = (command: Command): Command =>
  shared(command)
    .argument("[task]", "what to do; - or nothing reads it from standard input")
    .addOption(
      new Option("--output <format>", "what goes to standard output")
        .choices(["text", "json", "stream-json"])
        .default("text")
    )
    .addOption(new Option("--mode <format>").choices(["text", "json", "stream-json"]).hideHelp())
    .option("-y, --yes", "same as --permissions auto")
    .option("--max-turns <n>", "most rounds of the model", positive)

const positive = (text: string): number => {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new CliError(2, `--max-turns takes a whole number from 1, not ${text}`)
  return number
}
