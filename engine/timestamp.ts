/**
 * The time of a packet: a safe integer, in whatever unit the graph's author likes (MediaPipe: microseconds).
 * Special values are ordered around the normal range, as in MediaPipe's `framework/timestamp.h`:
 * UNSET < UNSTARTED < PRE_STREAM < MIN … MAX < POST_STREAM < ONE_OVER_POST_STREAM < DONE.
 */
export type Timestamp = number

const largest = Number.MAX_SAFE_INTEGER

export const Timestamp = {
  /** No time at all. */
  UNSET: -largest,
  /** Before Open. The bound of no stream, the time of no packet. */
  UNSTARTED: -largest + 1,
  /** A header: it must be the only packet of its stream. */
  PRE_STREAM: -largest + 2,
  MIN: -largest + 3,
  MAX: largest - 3,
  /** A summary: it must be the only packet of its stream. */
  POST_STREAM: largest - 2,
  /** The bound of a stream that has carried its only PRE_STREAM or POST_STREAM packet, or one at MAX. */
  ONE_OVER_POST_STREAM: largest - 1,
  /** The bound of a closed stream. */
  DONE: largest,
} as const

/** Whether `time` is in the normal range, MIN … MAX. */
export const isRangeValue = (time: Timestamp): boolean =>
  Number.isSafeInteger(time) && time >= Timestamp.MIN && time <= Timestamp.MAX

/** Whether a packet at `time` may be put into a stream: PRE_STREAM, MIN … MAX, POST_STREAM. */
export const isAllowedInStream = (time: Timestamp): boolean =>
  isRangeValue(time) || time === Timestamp.PRE_STREAM || time === Timestamp.POST_STREAM

/** The smallest time a stream may carry after a packet at `time`. */
export const nextAllowedInStream = (time: Timestamp): Timestamp =>
  isRangeValue(time) && time < Timestamp.MAX ? time + 1 : Timestamp.ONE_OVER_POST_STREAM

/** `time + difference`, held within MIN … MAX; a special value has no neighbours and is returned as it is. */
export const addToTimestamp = (time: Timestamp, difference: number): Timestamp =>
  isRangeValue(time) ? Math.min(Timestamp.MAX, Math.max(Timestamp.MIN, time + difference)) : time

/** How messages name a time: `42`, `Timestamp.PRE_STREAM`. */
export function formatTimestamp(time: Timestamp): string {
  const special = Object.entries(Timestamp).find(([name, value]) => value === time && name !== 'MIN' && name !== 'MAX')
  return special ? `Timestamp.${special[0]}` : String(time)
}
