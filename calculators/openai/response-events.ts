import type { MessageDeltaValue, ResponsesRequestValue, StreamFailure } from '../packets.ts'
import type { Answer } from './answer.ts'
import { type AnswerBlock, answerBlocks, type BlockEvent } from './answer-blocks.ts'
import { chatLogprob } from './logprobs.ts'
import { type ItemKind, type ItemStatus, itemId, itemOf, kindOf } from './response-items.ts'
import { countCached } from './usage.ts'

/** One event of a response; `sequence_number` counts them from 0. */
export interface ResponseEvent {
  readonly type: string
  readonly sequence_number: number
  /** What has come so far, in the events that tell of the whole response. */
  readonly response?: object
  readonly [field: string]: unknown
}

/** An answer that tells of its failure, too. */
interface ResponseStream extends Answer<MessageDeltaValue, ResponseEvent> {
  /** The last event, with what had come till then. */
  failed(failure: StreamFailure): ResponseEvent
}

/** The answer as the events of a stream, in OpenAI's order. */
export function streamResponse(request: ResponsesRequestValue, promptTokens: number): ResponseStream {
  const blocks = answerBlocks()
  const output: object[] = []
  const cached = countCached(1)
  let sequence = 0
  let tokens = 0
  let reasoningTokens = 0
  let length = false
  let open: OpenItem | undefined

  const event = (type: string, fields: object): ResponseEvent => ({ type, sequence_number: sequence++, ...fields })
  const response = (status: string, more: object = {}) => ({
    id: request.id,
    object: 'response',
    created_at: request.created,
    status,
    error: null,
    incomplete_details: null,
    model: request.model,
    output: [...output],
    usage: null,
    ...request.echo,
    ...more,
  })
  const usage = () => ({
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cached.total(), cache_write_tokens: 0 },
    output_tokens: tokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + tokens,
  })

  /** What becomes of a block, as events of its item. */
  const tell = (change: BlockEvent, told: Logprob[], status: ItemStatus): ResponseEvent[] => {
    const { block } = change
    if (change.type === 'begin' || !open) open = openItem(block, request)
    const { kind, place, logprobs } = open
    const { part } = kind
    const item = (parts: readonly object[], status: ItemStatus) => itemOf(kind, block, place.item_id, parts, status)
    switch (change.type) {
      case 'begin':
        return [
          event('response.output_item.added', { output_index: block.index, item: item([], 'in_progress') }),
          ...(part ? [event(`${part.events}.added`, { ...place, part: part.of('', []) })] : []),
        ]
      case 'more':
        logprobs?.push(...told)
        return [event(`${kind.events}.delta`, { ...place, delta: change.text, ...(logprobs && { logprobs: told }) })]
      case 'end': {
        const parts = part ? [part.of(block.text, logprobs ?? [])] : []
        const whole = item(parts, status)
        output.push(whole)
        return [
          event(`${kind.events}.done`, { ...place, ...kind.done(block), ...(logprobs && { logprobs }) }),
          ...(part ? [event(`${part.events}.done`, { ...place, part: parts[0] })] : []),
          event('response.output_item.done', { output_index: block.index, item: whole }),
        ]
      }
    }
  }

  return {
    push(delta) {
      const begin = sequence === 0 ? [begun('created'), begun('in_progress')] : []
      tokens += delta.tokens
      reasoningTokens += delta.reasoningTokens ?? 0
      length = delta.finish === 'length'
      cached.push(delta)
      /** The first text of a delta has the logprobs of its tokens. */
      let told = (delta.logprobs ?? []).map((token) => chatLogprob(token))
      const changes = delta.parts
        .flatMap((part) => blocks.push(part))
        .flatMap((change) => {
          const isText = change.type === 'more' && change.block.type === 'content'
          const events = tell(change, isText ? told : [], 'completed')
          if (isText) told = []
          return events
        })
      return [...begin, ...changes]
    },
    end() {
      const status = length ? 'incomplete' : 'completed'
      const details = length ? { incomplete_details: { reason: 'max_output_tokens' } } : {}
      const last = blocks.end().flatMap((change) => tell(change, [], status))
      return [...last, event(`response.${status}`, { response: response(status, { ...details, usage: usage() }) })]
    },
    failed: ({ message, sent }) => ({
      type: 'response.failed',
      sequence_number: sent,
      response: response('failed', { error: { code: 'server_error', message } }),
    }),
  }

  function begun(name: 'created' | 'in_progress'): ResponseEvent {
    return event(`response.${name}`, { response: response('in_progress') })
  }
}

/** The answer as one response object: what the last event of the stream would have. */
export function wholeResponse(request: ResponsesRequestValue, promptTokens: number): Answer<MessageDeltaValue> {
  const events = streamResponse(request, promptTokens)
  return {
    push(delta) {
      events.push(delta)
      return []
    },
    end: () => events.end().flatMap(({ response }) => (response ? [response] : [])),
  }
}

/** The item of the block that is open. */
interface OpenItem {
  readonly kind: ItemKind
  /** What its events say of where it is. */
  readonly place: { readonly item_id: string; readonly output_index: number }
  /** Those of its tokens so far; undefined: it is no text. */
  readonly logprobs: Logprob[] | undefined
}

function openItem(block: AnswerBlock, { id, summarizes }: ResponsesRequestValue): OpenItem {
  const kind = kindOf(block, summarizes)
  const at = { item_id: itemId(kind, block, id), output_index: block.index }
  const place = kind.part ? { ...at, [kind.part.index]: 0 } : at
  return { kind, place, logprobs: block.type === 'content' ? [] : undefined }
}

type Logprob = ReturnType<typeof chatLogprob>
