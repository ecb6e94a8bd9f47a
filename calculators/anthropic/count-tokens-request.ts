import { z } from 'zod'
import { calculator } from '../../engine/index.ts'
import { longRequestCheck, toldRequest } from '../openai/index.ts'
import { Conversation, Payload } from '../packets.ts'
import { toTemplateConversation } from './conversation.ts'
import { choiceIsOfTools, promptFields } from './messages-fields.ts'

/**
 * Checks the body of a messages/count_tokens request, and says which field is wrong and how; then gives the conversation, at the
 * payload's time. Source: Anthropic's API reference.
 *
 * @example
 * - calculator: CountTokensRequestCalculator
 *   input_stream:  { PAYLOAD: payload }
 *   output_stream: { CONVERSATION: conversation }
 */
export const CountTokensRequestCalculator = calculator(
  { inputs: { PAYLOAD: Payload }, outputs: { CONVERSATION: Conversation }, schemas: () => ({ request: ToldCount }) },
  ({ outputs }) => ({
    async process({ PAYLOAD }) {
      outputs.CONVERSATION.send(toTemplateConversation(await checkCountTokens(PAYLOAD.value.json, PAYLOAD.value.ignored)))
    },
  }),
)

const CountTokensBody = z.object(promptFields).superRefine(choiceIsOfTools)

const checkCountTokens = longRequestCheck(CountTokensBody, 'messages')

const ToldCount = toldRequest(CountTokensBody, { messages: [{ role: 'user', content: 'Say this is a test' }] })
