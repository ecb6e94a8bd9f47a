import { z } from 'zod'
import { calculator, EngineError } from '../../engine/index.ts'
import type { ApiObjectValue, HttpPayload, StreamFailure } from '../packets.ts'
import { ApiObject, Body, Payload } from '../packets.ts'
import { toJson } from './to-json.ts'

/**
 * Writes each object as a server-sent event when the request said `stream: true`, else the one object as JSON: a second one
 * throws `bad_graph`. With `done: true` the stream of events ends in OpenAI's `data: [DONE]`, also behind an error; there, what its
 * first object has for that comes before. A stream may have no events at all. Bodies count their own time. Source: the HTML standard, §9.2.
 *
 * @example
 * - calculator: SseSerializerCalculator
 *   input_stream:  { OBJECT: object, PAYLOAD: payload }
 *   output_stream: { BODY: body }
 *   options: { done: true }
 */
export const SseSerializerCalculator = calculator(
  {
    inputs: { OBJECT: ApiObject, PAYLOAD: Payload },
    outputs: { BODY: Body },
    options: z.strictObject({
      done: z.boolean().default(false).describe('Whether the stream of events ends in `data: [DONE]`.'),
    }),
    schemas: ({ done }) => (done ? { lastEvent: z.literal('[DONE]') } : {}),
    timestampOffset: 'own',
  },
  ({ node, outputs, options }) => {
    /** Undefined until the payload has come, which fires the node by itself when there is no object. */
    let streaming: boolean | undefined
    let objects = 0
    const refuse = (message: string) => new EngineError('bad_graph', `${node} ${message}`, { node })
    const last = 'data: [DONE]\n\n'
    const sendEvents = (data: string, failed?: ApiObjectValue['failed']) => {
      const end = (failure: StreamFailure) => (failed ? formatEvent(failed(failure)) : '') + (options.done ? last : '')
      outputs.BODY.send({ contentType: 'text/event-stream', data, end })
    }
    return {
      process({ OBJECT, PAYLOAD }) {
        if (!PAYLOAD.isEmpty) streaming ??= wantsStream(PAYLOAD.value)
        if (OBJECT.isEmpty) return
        if (streaming === undefined) throw refuse('got an object before its payload: give it the PAYLOAD of the graph.')
        objects++
        if (streaming) sendEvents(formatEvent(OBJECT.value), OBJECT.value.failed)
        else if (objects === 1) outputs.BODY.send({ contentType: 'application/json', data: toJson(OBJECT.value.data) })
        else throw refuse('got a second object, and the request asked for no stream: send one that has everything.')
      },
      close() {
        if (streaming && options.done) sendEvents(last)
        else if (streaming && objects === 0) sendEvents('')
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
