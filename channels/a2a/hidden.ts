/** Errors as callers may see them: those of the protocol as they are, anything else as a bug whose words stay in the log. */
import { A2AError } from "@a2a-js/sdk/errors"
import type { A2ARequestHandler } from "@a2a-js/sdk/server"

export const hidden = (handler: A2ARequestHandler, log: (message: string) => void): A2ARequestHandler => {
  const hide = (error: unknown): never => {
    if (error instanceof A2AError) throw error
    log(`a2a: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    throw new A2AError("a bug in Kintsugi; the log of the server says more")
  }
  const one =
    <Asked extends ReadonlyArray<unknown>, Given>(act: (...asked: Asked) => Promise<Given>) =>
    async (...asked: Asked): Promise<Given> => {
      try {
        return await act(...asked)
      } catch (error) {
        return hide(error)
      }
    }
  const many = <Asked extends ReadonlyArray<unknown>, Given>(act: (...asked: Asked) => AsyncGenerator<Given, void>) =>
    async function* (...asked: Asked): AsyncGenerator<Given, void> {
      try {
        yield* act(...asked)
      } catch (error) {
        hide(error)
      }
    }
  return {
    getAgentCard: one(handler.getAgentCard),
    getAuthenticatedExtendedAgentCard: one(handler.getAuthenticatedExtendedAgentCard),
    sendMessage: one(handler.sendMessage),
    sendMessageStream: many(handler.sendMessageStream),
    getTask: one(handler.getTask),
    listTasks: one(handler.listTasks),
    cancelTask: one(handler.cancelTask),
    resubscribe: many(handler.resubscribe),
    createTaskPushNotificationConfig: one(handler.createTaskPushNotificationConfig),
    getTaskPushNotificationConfig: one(handler.getTaskPushNotificationConfig),
    listTaskPushNotificationConfigs: one(handler.listTaskPushNotificationConfigs),
    deleteTaskPushNotificationConfig: one(handler.deleteTaskPushNotificationConfig)
  }
}
