import { join } from 'node:path'
import type { DoorOptions } from '../../cli/http/index.ts'
import type { Graph } from '../../engine/index.ts'
import { plainFormat } from '../../servables/answer-format/index.ts'
import type { ChatTemplate } from '../../servables/template/chat-template.ts'
import { loadChatTemplate } from '../../servables/template/index.ts'
import { parseTemplate } from '../../servables/template/jinja.ts'
import { byteTokenizer, type FakeLlm, fakeLlm } from './fakes.ts'
import { graphDoor } from './graph-door.ts'
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
  const all = { LLM: llm, TOKENIZER: byteTokenizer, CHAT_TEMPLATE: template, ANSWER_FORMAT: plainFormat, ...sides }
  return { ...graphDoor(graphs, all, options), llm }
}
