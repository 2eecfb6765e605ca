/** Which skills' words stand in which conversation, so that none is said twice. */
export interface SkillActivations {
  /** @param text As it would be said. @returns whether it stands in the conversation, word for word; from now on it does. */
  readonly isRepeated: (session: string, skill: string, text: string) => boolean
  /** The model is asked: a conversation that has become shorter may have lost them. */
  readonly counted: (event: { readonly session: string; readonly messages: number }) => void
  readonly forget: (event: { readonly session: string }) => void
}

interface Conversation {
  readonly texts: Map<string, string>
  messages: number
}

export const skillActivations = (): SkillActivations => {
  const conversations = new Map<string, Conversation>()
  return {
    isRepeated: (session, skill, text) => {
      const conversation = conversations.get(session) ?? { texts: new Map(), messages: 0 }
      conversations.set(session, conversation)
      const isRepeated = conversation.texts.get(skill) === text
      conversation.texts.set(skill, text)
      return isRepeated
    },
    counted: ({ session, messages }) => {
      const conversation = conversations.get(session)
      if (conversation === undefined) return
      if (messages < conversation.messages) conversation.texts.clear()
      conversation.messages = messages
    },
    forget: ({ session }) => void conversations.delete(session)
  }
}
