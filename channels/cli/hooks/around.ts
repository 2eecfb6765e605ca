/** The hooks around a folder, as every command about them sees them. */
import { ownCommandHooks } from "../../../actors/own-command-hooks.ts"
import type { CommandHookSet } from "../../../plugins/command-hooks.ts"
import { lookAround } from "../around.ts"
import type { Io } from "../io.ts"

export const hooksAround = async (io: Io): Promise<CommandHookSet> => ownCommandHooks(await lookAround(io)).all()
