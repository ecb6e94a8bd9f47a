import { pino } from 'pino'
import { z } from 'zod'
import { unknownModel } from '../../cli/endpoints.ts'
import { createApp, type DoorOptions } from '../../cli/http/index.ts'
import { EngineError, type Graph } from '../../engine/index.ts'

/** The HTTP door over graphs by their routes: all of a request's way. The model is `fake`; `loading` is what it is called. */
export function graphDoor(
  graphs: ReadonlyMap<string, Graph>,
  sides: Readonly<Record<string, unknown>>,
  options: Partial<DoorOptions> = {},
) {
  const log: Record<string, unknown>[] = []
  const app = createApp({
    endpoints: {
      routes: new Set(graphs.keys()),
      find(route, model = '') {
        if (model === 'loading') throw new EngineError('model_not_ready', 'Still loading.', { retryAfter: 1 })
        if (model === '') throw new EngineError('missing_required_parameter', 'model is required.', { param: 'model' })
        if (model !== 'fake') throw unknownModel(model, ['fake'])
        return { model, graph: graphs.get(route)!, sides }
      },
    },
    document: '{"openapi": "3.1.0"}',
    models: () => [],
    ready: () => true,
    log: pino({ level: 'debug', base: null }, { write: (line) => log.push(JSON.parse(line)) }),
    maxBodyBytes: 4 * 1024 * 1024,
    stallMs: 30_000,
    timeoutMs: 30_000,
    ...options,
  })
  /** What the door answers to a body, which is written as JSON unless it is text. */
  const ask = async (route: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text }
    return app.request(`/v3/${route}`, init)
  }
  return { app, ask, log }
}

/** OpenAI's error object. */
export interface Refusal {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

/** The error of an answer, which must be one in OpenAI's shape and nothing else. */
export async function refusalOf(response: Response): Promise<Refusal> {
  return OpenAiError.parse(await response.json()).error
}

const Message = z.string().min(1).max(2000)

const OpenAiError = z.strictObject({
  error: z.strictObject({ message: Message, type: z.string(), param: z.string().nullable(), code: z.string() }),
})

/** An error at the paths of Cohere's clients: with its words, and OpenAI's object. */
export const CohereError = OpenAiError.extend({ id: z.string(), message: Message })

/** An error in the shape of Anthropic's API. */
export const AnthropicError = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({ type: z.string(), message: Message }),
  request_id: z.string(),
})
