import { calculator, EngineError, optional } from '../../engine/index.ts'
import { ChatTemplate, Conversation, Texts } from '../packets.ts'

/**
 * Writes a conversation as the one text that its model was trained on, at the conversation's time. A model that came
 * without a template answers conversations with `invalid_value`; its other endpoints work.
 *
 * @example
 * - calculator: ChatTemplateCalculator
 *   input_side_packet: { CHAT_TEMPLATE: template }
 *   input_stream:  { CONVERSATION: conversation }
 *   output_stream: { TEXTS: prompt }
 */
export const ChatTemplateCalculator = calculator(
  {
    inputs: { CONVERSATION: Conversation },
    outputs: { TEXTS: Texts },
    sides: { CHAT_TEMPLATE: optional(ChatTemplate) },
  },
  ({ outputs, sides }) => ({
    async process({ CONVERSATION }) {
      const template = sides.CHAT_TEMPLATE
      if (!template) {
        throw new EngineError('invalid_value', 'This model has no chat template; use the completions route.', {
          param: 'messages',
        })
      }
      outputs.TEXTS.send([await template.render(CONVERSATION.value)])
    },
  }),
)
