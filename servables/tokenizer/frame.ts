import type { Encoding } from 'tokenizers'
import type { PairEncoding, PairForm } from './tokenizer.ts'

/** The tokens that a model wants around a text, or before, between and behind two, with the type of each, and of the texts' own. */
export interface Frame {
  readonly before: PairEncoding
  readonly between: PairEncoding
  readonly after: PairEncoding
  readonly types: readonly [first: number, second: number]
}

/** The frame of a text, or of two, as it shows in any that are not empty. */
export function frameOf(encoding: Encoding): Frame {
  const [ids, typeIds, texts] = [encoding.getIds(), encoding.getTypeIds(), encoding.getSequenceIds()]
  const part = (start: number, end: number) => ({ ids: ids.slice(start, end), typeIds: typeIds.slice(start, end) })
  // Those of the frame belong to no text.
  const isOf = (text: number) => (each: number | undefined | null) => each === text
  const [begin, second] = [texts.findIndex(isOf(0)), texts.findIndex(isOf(1))]
  const [endOfFirst, endOfSecond] = [texts.findLastIndex(isOf(0)) + 1, texts.findLastIndex(isOf(1)) + 1]
  return {
    before: part(0, begin),
    between: second < 0 ? part(0, 0) : part(endOfFirst, second),
    after: part(second < 0 ? endOfFirst : endOfSecond, ids.length),
    types: [typeIds[begin] ?? 0, typeIds[second] ?? 0],
  }
}

/** Two texts in as many pieces as their form makes necessary. */
export function cutPair(
  first: readonly number[],
  second: readonly number[],
  { before, between, after, types }: Frame,
  { maxLength, overlap, maxTokens, maxPieces = Number.POSITIVE_INFINITY }: PairForm,
): readonly PairEncoding[] {
  const body = second.slice(0, maxTokens)
  const left = maxLength - before.ids.length - between.ids.length - after.ids.length
  const isTooLong = first.length + body.length > left && first.length > maxLength / 2
  const head = isTooLong ? first.slice(0, Math.floor(maxLength / 2)) : first
  const room = Math.max(1, left - head.length)
  return cutTokens(body, room, Math.min(overlap, room - 1), maxPieces).map((part) => ({
    ids: [...before.ids, ...head, ...between.ids, ...part, ...after.ids],
    typeIds: [
      ...before.typeIds,
      ...Array<number>(head.length).fill(types[0]),
      ...between.typeIds,
      ...Array<number>(part.length).fill(types[1]),
      ...after.typeIds,
    ],
  }))
}

/** Parts of at most `length` tokens, of which each begins with the last `overlap` of the one before; of more than `most` the first. */
function cutTokens(tokens: readonly number[], length: number, overlap: number, most: number): (readonly number[])[] {
  const parts = [tokens.slice(0, length)]
  for (let end = length; end < tokens.length && parts.length < most; ) {
    const start = end - overlap
    end = start + length
    parts.push(tokens.slice(start, end))
  }
  return parts
}
