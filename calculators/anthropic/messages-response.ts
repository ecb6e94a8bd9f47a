import { calculator, latest } from '../../engine/index.ts'
import { countTokens, sendAnswer } from '../openai/index.ts'
import type { MessageDeltaValue } from '../packets.ts'
import { ApiObject, MessageDelta, MessagesRequest, Tokens } from '../packets.ts'
import { streamMessage, wholeMessage } from './message-events.ts'
import { MessageObject, MessageStreamEvent } from './message-schemas.ts'

/**
 * Makes the answer of messages from message deltas. A streaming request gets the API's events; any other gets one message, the
 * fold of the same events. Objects count their own time. TOKENS, the prompt's, are for the usage. Source: Anthropic's API
 * reference.
 *
 * @example
 * - calculator: MessagesResponseCalculator
 *   input_stream:  { DELTA: message, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const MessagesResponseCalculator = calculator(
  {
    inputs: { DELTA: MessageDelta, REQUEST: latest(MessagesRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: MessageObject, event: MessageStreamEvent }),
    timestampOffset: 'own',
  },
  ({ outputs }) => {
    let send: ((delta: MessageDeltaValue) => void) | undefined
    return {
      process({ DELTA, REQUEST, TOKENS }) {
        const promptTokens = countTokens(TOKENS.value)
        send ??= REQUEST.value.stream
          ? sendAnswer(streamMessage(REQUEST.value, promptTokens), 1, outputs.OBJECT, ({ type }) => ({ event: type }))
          : sendAnswer(wholeMessage(REQUEST.value, promptTokens), 1, outputs.OBJECT)
        send(DELTA.value)
      },
    }
  },
)
