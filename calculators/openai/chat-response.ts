import { calculator, latest } from '../../engine/index.ts'
import type { GenerationRequestValue, TextDeltaValue } from '../packets.ts'
import { ApiObject, GenerationRequest, TextDelta, Tokens } from '../packets.ts'
import { type Answer, foldDeltas, sendAnswer } from './answer.ts'
import { formatChatLogprobs, formatPromptLogprobs } from './logprobs.ts'
import { countCached, countTokens, formatUsage } from './usage.ts'

/**
 * Makes the answer of chat/completions from text deltas. A streaming request gets a chat.completion.chunk for each delta:
 * the first of a choice says its role, the last its finish_reason, and one more the usage if that was asked for. Any other
 * gets one chat.completion, the fold of the same deltas, when the last choice has ended. Objects count their own time.
 * TOKENS, the prompt's, are for the usage, and for vLLM's `return_token_ids`. Source: OpenAI's API reference.
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
          (REQUEST.value.stream ? streamChat : foldChat)(REQUEST.value, countTokens(TOKENS.value), TOKENS.value[0]),
          TOKENS.value.length * (REQUEST.value.bestOf ?? REQUEST.value.n),
          outputs.OBJECT,
        )
        send(DELTA.value)
      },
    }
  },
)

/** The answer as chat.completion.chunk objects. */
export function streamChat(request: GenerationRequestValue, promptTokens: number, prompt: readonly number[] = []): Answer {
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
  /** With what else the tokens of its text have been asked for. */
  const content = ({ choice: index, text, logprobs, ids }: TextDeltaValue) =>
    logprobs || ids
      ? chunk([
          {
            index,
            delta: { content: text },
            logprobs: formatChatLogprobs(logprobs),
            finish_reason: null,
            ...(ids && { token_ids: ids }),
          },
        ])
      : choice(index, { content: text }, null)

  return {
    push(delta) {
      const { choice: index, text, tokens, finish } = delta
      completionTokens += tokens
      cached.push(delta)
      const chunks: object[] = []
      if (!begun.has(index)) {
        begun.add(index)
        const role = choice(index, { role: 'assistant', content: '' }, null)
        chunks.push(request.returnTokenIds ? { ...role, prompt_token_ids: prompt } : role)
      }
      if (text !== '' || delta.logprobs || delta.ids) chunks.push(content(delta))
      if (finish) chunks.push(choice(index, {}, finish))
      return chunks
    },
    end: () => (request.includeUsage ? [chunk([], formatUsage(promptTokens, completionTokens, cached.total()))] : []),
  }
}

/** The answer as one chat.completion object. */
export function foldChat(request: GenerationRequestValue, promptTokens: number, prompt: readonly number[] = []): Answer {
  const fold = foldDeltas(request)
  const cached = countCached(request.bestOf ?? request.n)
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
        choices: fold.choices().map(({ index, text, finish, logprobs, ids }) => ({
          index,
          message: { role: 'assistant', content: text, refusal: null },
          logprobs: formatChatLogprobs(logprobs),
          finish_reason: finish,
          ...(request.returnTokenIds && { token_ids: ids }),
        })),
        ...(request.promptLogprobs && { prompt_logprobs: formatPromptLogprobs(fold.choices()[0]?.promptLogprobs ?? []) }),
        ...(request.returnTokenIds && { prompt_token_ids: prompt }),
        usage: formatUsage(promptTokens, fold.tokens(), cached.total()),
      },
    ],
  }
}
