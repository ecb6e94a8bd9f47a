import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { unknownModel } from '../../cli/endpoints.ts'
import { createApp, type DoorOptions } from '../../cli/http/index.ts'
import { EngineError, type Graph } from '../../engine/index.ts'
import { plainFormat } from '../../servables/answer-format/index.ts'
import type { ChatTemplate } from '../../servables/template/chat-template.ts'
import { loadChatTemplate } from '../../servables/template/index.ts'
import { parseTemplate } from '../../servables/template/jinja.ts'
import { byteTokenizer, type FakeLlm, fakeLlm } from './fakes.ts'
import { libraryGraph } from './run-graph.ts'

const routes = [
  'chat/completions',
  'chat/completions/input_tokens',
  'chat/completions/render',
  'completions',
  'detokenize',
  'messages',
  'messages/count_tokens',
  'responses',
  'responses/input_tokens',
  'tokenize',
]

const graphs = new Map<string, Graph>()
for (const route of routes) graphs.set(route, await libraryGraph(route))
const { source } = await loadChatTemplate(join(import.meta.dirname, '../../models/demo-chat'))
const render = parseTemplate({ source, file: 'chat_template.jinja', tokens: {} })
/** Renders here and now, without a thread that has to start. */
const template: ChatTemplate = { source, render: async (conversation) => render(conversation), async dispose() {} }

/**
 * The HTTP door with the text routes' own graphs, over a model that answers what a spec says: all of a request's way but the host.
 * The model is `fake`; `loading` is what it is called.
 */
export function textDoor({
  llm = fakeLlm(() => 'Hello'),
  sides = {},
  ...options
}: Partial<DoorOptions> & { readonly llm?: FakeLlm; readonly sides?: Readonly<Record<string, unknown>> } = {}) {
  const log: Record<string, unknown>[] = []
  const all = { LLM: llm, TOKENIZER: byteTokenizer, CHAT_TEMPLATE: template, ANSWER_FORMAT: plainFormat, ...sides }
  const app = createApp({
    endpoints: {
      routes: new Set(routes),
      find(route, model = '') {
        if (model === 'loading') throw new EngineError('model_not_ready', 'Still loading.', { retryAfter: 1 })
        if (model === '') throw new EngineError('missing_required_parameter', 'model is required.', { param: 'model' })
        if (model !== 'fake') throw unknownModel(model, ['fake'])
        return { model, graph: graphs.get(route)!, sides: all }
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
    return app.request(`/v1/${route}`, init)
  }
  return { app, ask, llm, log }
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

/** An error in the shape of Anthropic's API. */
export const AnthropicError = z.strictObject({
  type: z.literal('error'),
  error: z.strictObject({ type: z.string(), message: Message }),
  request_id: z.string(),
})
