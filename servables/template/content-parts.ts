import type { Conversation, TemplateMessage } from './chat-template.ts'

/** Messages as they are. */
export const asText = (messages: readonly TemplateMessage[]): readonly object[] => messages

/** Messages whose content is a list of one part, the text. */
export const inParts = (messages: readonly TemplateMessage[]): readonly object[] =>
  messages.map((message) =>
    message.content === null ? message : { ...message, content: [{ type: 'text', text: message.content }] },
  )

const probe = 'What do you look at?'
const message: TemplateMessage = { role: 'user', content: probe }
const conversation: Conversation = { messages: [message], tools: undefined, addGenerationPrompt: false, variables: {} }

/**
 * Whether a template finds text in lists of parts alone, as some of models that also see do. Found by trying: what a template does
 * with a message is more than its words tell.
 */
export function wantsParts(render: (conversation: Conversation, messages: readonly object[]) => string): boolean {
  const shows = (messages: readonly object[]) => {
    try {
      return render(conversation, messages).includes(probe)
    } catch {
      // It refuses that shape.
      return false
    }
  }
  return !shows(asText([message])) && shows(inParts([message]))
}
