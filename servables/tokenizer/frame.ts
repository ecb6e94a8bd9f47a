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

/** Two texts in as many pieces as their form makes necessary. Of the first there is what may be read of it: it may be in many pairs. */
export function cutPair(
  first: readonly number[],
  second: readonly number[],
  { before, between, after, types }: Frame,
  form: PairForm,
): readonly PairEncoding[] {
  const body = second.slice(0, form.maxTokens)
  const left = form.maxLength - before.ids.length - between.ids.length - after.ids.length
  const most = longestFirst(form.maxLength, left)
  const isTooLong = first.length + body.length > left && first.length > most
  if (isTooLong) form.onCut?.(first.length, most)
  const head = isTooLong ? first.slice(0, most) : first
  return cutTokens(body, left - head.length, form).map((part) => ({
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

/**
 * Tokens that are left of a first text that is too long: half of the length, as OVMS has it, but one of the second shall have room.
 *
 * @param room for both texts
 */
export const longestFirst = (maxLength: number, room: number): number =>
  Math.max(1, Math.min(Math.floor(maxLength / 2), room - 1))

/** Parts of as many tokens as there is room for, one at least; each begins with the last `overlap` of the one before. */
export function cutTokens(
  tokens: readonly number[],
  room: number,
  { overlap, maxPieces = Number.POSITIVE_INFINITY }: Pick<PairForm, 'overlap' | 'maxPieces'>,
): (readonly number[])[] {
  const length = Math.max(1, room)
  const parts = [tokens.slice(0, length)]
  for (let end = length; end < tokens.length && parts.length < maxPieces; ) {
    const start = end - Math.min(overlap, length - 1)
    end = start + length
    parts.push(tokens.slice(start, end))
  }
  return parts
}
