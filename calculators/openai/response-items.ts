import type { AnswerBlock } from './answer-blocks.ts'

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** How an item of a response's output is written, and the events that tell how it grows. */
export interface ItemKind {
  /** How ids begin. */
  readonly prefix: string
  /** Of its text: `….delta` and `….done`. */
  readonly events: string
  /** What the event `….done` says of it. */
  done(block: AnswerBlock): object
  /** The part of the item that has the text; absent: the item has it itself. */
  readonly part?: {
    /** `….added` and `….done`. */
    readonly events: string
    /** The field that counts parts: each item has one. */
    readonly index: string
    of(text: string, logprobs: readonly object[]): object
  }
  item(block: AnswerBlock, parts: readonly object[]): object
}

const done = ({ text }: AnswerBlock) => ({ text })

const kinds: Readonly<Record<AnswerBlock['type'] | 'summary', ItemKind>> = {
  content: {
    prefix: 'msg',
    events: 'response.output_text',
    done,
    part: {
      events: 'response.content_part',
      index: 'content_index',
      of: (text, logprobs) => ({ type: 'output_text', text, annotations: [], logprobs }),
    },
    item: (_, content) => ({ type: 'message', role: 'assistant', content }),
  },
  reasoning: {
    prefix: 'rs',
    events: 'response.reasoning_text',
    done,
    part: { events: 'response.content_part', index: 'content_index', of: (text) => ({ type: 'reasoning_text', text }) },
    item: (_, content) => ({ type: 'reasoning', summary: [], content }),
  },
  summary: {
    prefix: 'rs',
    events: 'response.reasoning_summary_text',
    done,
    part: {
      events: 'response.reasoning_summary_part',
      index: 'summary_index',
      of: (text) => ({ type: 'summary_text', text }),
    },
    item: (_, summary) => ({ type: 'reasoning', summary }),
  },
  call: {
    prefix: 'fc',
    events: 'response.function_call_arguments',
    done: ({ name, text }) => ({ name, arguments: text }),
    item: ({ id, name, text }) => ({ type: 'function_call', call_id: id, name, arguments: text }),
  },
}

/** How a block is told. `summarizes`: its reasoning as a summary. */
export const kindOf = ({ type }: AnswerBlock, summarizes: boolean): ItemKind =>
  kinds[type === 'reasoning' && summarizes ? 'summary' : type]

/** The id of a block's item: its response's, with a beginning that says what it is. */
export const itemId = ({ prefix }: ItemKind, { index }: AnswerBlock, responseId: string): string =>
  prefix + responseId.slice(responseId.indexOf('_')) + (index === 0 ? '' : `_${index}`)

/** A block as an item of the response's output. */
export const itemOf = (kind: ItemKind, block: AnswerBlock, id: string, parts: readonly object[], status: ItemStatus) => ({
  id,
  ...kind.item(block, parts),
  status,
})
