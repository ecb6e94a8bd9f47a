import { isRangeValue, nextAllowedInStream, type Output, Timestamp } from '../../engine/index.ts'

/** The smallest time that may still come after `time`, which may be before all: that of an input that has had nothing yet. */
export function boundAfter(time: Timestamp): Timestamp {
  return time < Timestamp.PRE_STREAM ? Timestamp.PRE_STREAM : nextAllowedInStream(time)
}

/** Promises that an output has no packet up to `time`; closes it when there is no time after that. */
export function advanceBeyond(output: Output<unknown>, time: Timestamp): void {
  if (output.isClosed) return
  if (time >= Timestamp.MAX) output.close()
  else if (isRangeValue(time)) output.advance(time + 1)
}
