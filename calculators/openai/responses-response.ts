import { calculator, latest } from '../../engine/index.ts'
import type { MessageDeltaValue, StreamFailure } from '../packets.ts'
import { ApiObject, MessageDelta, ResponsesRequest, Tokens } from '../packets.ts'
import { sendAnswer } from './answer.ts'
import { type ResponseEvent, streamResponse, wholeResponse } from './response-events.ts'
import { ResponseObject, ResponseStreamEvent } from './response-schemas.ts'
import { countTokens } from './usage.ts'

/**
 * Makes the answer of responses from message deltas. A streaming request gets the API's events, `response.failed` as the last
 * where the answer fails; any other gets one response
 * object, the one that the last event has. Objects count their own time. TOKENS, the prompt's, are for the usage. Source:
 * OpenAI's API reference.
 *
 * @example
 * - calculator: ResponsesResponseCalculator
 *   input_stream:  { DELTA: message, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const ResponsesResponseCalculator = calculator(
  {
    inputs: { DELTA: MessageDelta, REQUEST: latest(ResponsesRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    schemas: () => ({ response: ResponseObject, event: ResponseStreamEvent }),
    timestampOffset: 'own',
  },
  ({ outputs }) => {
    const sendEvents = (events: ReturnType<typeof streamResponse>) => {
      const failed = (failure: StreamFailure) => named(events.failed(failure))
      return sendAnswer(events, 1, outputs.OBJECT, ({ type }) => ({ event: type, failed }))
    }
    let send: ((delta: MessageDeltaValue) => void) | undefined
    return {
      process({ DELTA, REQUEST, TOKENS }) {
        const promptTokens = countTokens(TOKENS.value)
        send ??= REQUEST.value.stream
          ? sendEvents(streamResponse(REQUEST.value, promptTokens))
          : sendAnswer(wholeResponse(REQUEST.value, promptTokens), 1, outputs.OBJECT)
        send(DELTA.value)
      },
    }
  },
)

const named = (data: ResponseEvent) => ({ data, event: data.type })
