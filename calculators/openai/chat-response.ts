import { calculator, latest } from '../../engine/index.ts'
import type { GenerationRequestValue, TextDeltaValue } from '../packets.ts'
import { ApiObject, GenerationRequest, TextDelta, Tokens } from '../packets.ts'
import { type Answer, foldDeltas, sendAnswer } from './answer.ts'
import { countCached, countTokens, formatUsage } from './usage.ts'

/**
 * Makes the answer of chat/completions from text deltas. A streaming request gets a chat.completion.chunk for each delta:
 * the first of a choice says its role, the last its finish_reason, and one more the usage if that was asked for. Any other
 * gets one chat.completion, the fold of the same deltas, when the last choice has ended. Objects count their own time.
 * TOKENS, the prompt's, are for the usage. Source: OpenAI's API reference.
 *
 * @example
 * - calculator: ChatResponseCalculator
 *   input_stream:  { DELTA: text, REQUEST: request, TOKENS: tokens }
 *   output_stream: { OBJECT: object }
 */
export const ChatResponseCalculator = calculator(
  {
    inputs: { DELTA: TextDelta, REQUEST: latest(GenerationRequest), TOKENS: latest(Tokens) },
    outputs: { OBJECT: ApiObject },
    timestampOffset: 'own',
  },
  ({ outputs }) => {
    let send: ((delta: TextDeltaValue) => void) | undefined
    return {
      process({ DELTA, REQUEST, TOKENS }) {
        send ??= sendAnswer(
          (REQUEST.value.stream ? streamChat : foldChat)(REQUEST.value, countTokens(TOKENS.value)),
          TOKENS.value.length * REQUEST.value.n,
          outputs.OBJECT,
        )
        send(DELTA.value)
      },
    }
  },
)

/** The answer as chat.completion.chunk objects. */
export function streamChat(request: GenerationRequestValue, promptTokens: number): Answer {
  const begun = new Set<number>()
  let completionTokens = 0
  const cached = countCached(request.n)
  const chunk = (choices: readonly object[], usage: object | null = null) => ({
    id: request.id,
    object: 'chat.completion.chunk',
    created: request.created,
    model: request.model,
    system_fingerprint: null,
    choices,
    ...(request.includeUsage && { usage }),
  })
  const choice = (index: number, delta: object, finish_reason: string | null) =>
    chunk([{ index, delta, logprobs: null, finish_reason }])

  return {
    push(delta) {
      const { choice: index, text, tokens, finish } = delta
      completionTokens += tokens
      cached.push(delta)
      const chunks: object[] = []
      if (!begun.has(index)) {
        begun.add(index)
        chunks.push(choice(index, { role: 'assistant', content: '' }, null))
      }
      if (text !== '') chunks.push(choice(index, { content: text }, null))
      if (finish) chunks.push(choice(index, {}, finish))
      return chunks
    },
    end: () => (request.includeUsage ? [chunk([], formatUsage(promptTokens, completionTokens, cached.total()))] : []),
  }
}

/** The answer as one chat.completion object. */
export function foldChat(request: GenerationRequestValue, promptTokens: number): Answer {
  const fold = foldDeltas()
  const cached = countCached(request.n)
  return {
    push(delta) {
      fold.push(delta)
      cached.push(delta)
      return []
    },
    end: () => [
      {
        id: request.id,
        object: 'chat.completion',
        created: request.created,
        model: request.model,
        system_fingerprint: null,
        choices: fold.choices().map(({ index, text, finish }) => ({
          index,
          message: { role: 'assistant', content: text, refusal: null },
          logprobs: null,
          finish_reason: finish,
        })),
        usage: formatUsage(promptTokens, fold.tokens(), cached.total()),
      },
    ],
  }
}
