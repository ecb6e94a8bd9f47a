import type { AnswerPart } from '../../servables/index.ts'

/** A stretch of an answer that is all text, all reasoning, or one call, as far as it has come. */
export interface AnswerBlock {
  readonly type: 'content' | 'reasoning' | 'call'
  /** Counts the answer's blocks from 0. */
  readonly index: number
  /** A call's are its arguments. */
  readonly text: string
  /** Of a call. */
  readonly id: string
  readonly name: string
}

/** What becomes of a block. One ends before the next begins. */
export type BlockEvent =
  | { readonly type: 'begin' | 'end'; readonly block: AnswerBlock }
  | { readonly type: 'more'; readonly block: AnswerBlock; readonly text: string }

/**
 * Cuts an answer's parts into blocks, as they come, for the APIs that tell of a block's beginning and end. An answer of nothing
 * is a block of no text.
 */
export function answerBlocks(): { push(part: AnswerPart): BlockEvent[]; end(): BlockEvent[] } {
  let block: AnswerBlock | undefined
  let begun = 0
  const end = (): BlockEvent[] => {
    const events: BlockEvent[] = block ? [{ type: 'end', block }] : []
    block = undefined
    return events
  }
  const begin = (type: AnswerBlock['type'], id = '', name = ''): BlockEvent[] => {
    const events = end()
    block = { type, index: begun++, text: '', id, name }
    return [...events, { type: 'begin', block }]
  }
  const more = (text: string): BlockEvent[] => {
    if (!block || text === '') return []
    block = { ...block, text: block.text + text }
    return [{ type: 'more', block, text }]
  }
  return {
    push(part) {
      if (part.type === 'call') return begin('call', part.id, part.name)
      if (part.type === 'arguments' || part.type === block?.type || part.text === '') return more(part.text)
      return [...begin(part.type), ...more(part.text)]
    },
    end: () => [...(begun === 0 ? begin('content') : []), ...end()],
  }
}
