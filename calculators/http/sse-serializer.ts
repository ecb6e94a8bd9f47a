import { z } from 'zod'
import { calculator, EngineError, latest } from '../../engine/index.ts'
import type { ApiObjectValue, HttpPayload } from '../packets.ts'
import { ApiObject, Body, Payload } from '../packets.ts'

/**
 * Writes each object as a server-sent event when the request said `stream: true`, else the one object as JSON: a second one
 * throws `bad_graph`. With `done: true` the stream of events ends in OpenAI's `data: [DONE]`. Bodies count their own time.
 * Source: the HTML standard, §9.2.
 *
 * @example
 * - calculator: SseSerializerCalculator
 *   input_stream:  { OBJECT: object, PAYLOAD: payload }
 *   output_stream: { BODY: body }
 *   options: { done: true }
 */
export const SseSerializerCalculator = calculator(
  {
    inputs: { OBJECT: ApiObject, PAYLOAD: latest(Payload) },
    outputs: { BODY: Body },
    options: z.strictObject({
      done: z.boolean().default(false).describe('Whether the stream of events ends in `data: [DONE]`.'),
    }),
    timestampOffset: 'own',
  },
  ({ node, outputs, options }) => {
    let streaming: boolean | undefined
    return {
      process({ OBJECT, PAYLOAD }) {
        if (streaming === false) {
          const message = `${node} got a second object, and the request asked for no stream: send one that has everything.`
          throw new EngineError('bad_graph', message, { node })
        }
        streaming ??= wantsStream(PAYLOAD.value)
        outputs.BODY.send(
          streaming
            ? { contentType: 'text/event-stream', data: formatEvent(OBJECT.value) }
            : { contentType: 'application/json', data: JSON.stringify(OBJECT.value.data) },
        )
      },
      close() {
        if (streaming && options.done) outputs.BODY.send({ contentType: 'text/event-stream', data: 'data: [DONE]\n\n' })
      },
    }
  },
)

/** Whether the request's JSON, or its form, says `stream: true`. */
export function wantsStream({ json, form }: HttpPayload): boolean {
  if (typeof json === 'object' && json !== null && 'stream' in json) return json.stream === true
  return form?.get('stream') === 'true'
}

/** One event. JSON has no line breaks of its own, so `data:` is always one line. */
export function formatEvent({ data, event }: ApiObjectValue): string {
  return event === undefined ? `data: ${JSON.stringify(data)}\n\n` : `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
