import { AnyPacket, calculator, nextAllowedInStream } from '../../engine/index.ts'
import { Time } from '../packets.ts'

/**
 * Ends the loop that a `BeginLoopCalculator` began: collects ITEM until BATCH_END, then sends the list by ITERABLE, at the
 * time that the loop's own list had. A loop that gave no item sends none. Source: MediaPipe, end_loop_calculator.h.
 *
 * @example
 * - calculator: EndLoopCalculator
 *   input_stream:  { ITEM: summary, BATCH_END: chunks_time }
 *   output_stream: { ITERABLE: summaries }
 */
export const EndLoopCalculator = calculator(
  { inputs: { ITEM: AnyPacket, BATCH_END: Time }, outputs: { ITERABLE: AnyPacket }, timestampOffset: 'own' },
  ({ outputs }) => {
    let items: unknown[] = []
    return {
      process({ ITEM, BATCH_END }) {
        if (!ITEM.isEmpty) items.push(ITEM.value)
        if (BATCH_END.isEmpty) return

        if (items.length > 0) outputs.ITERABLE.send(items, BATCH_END.value)
        else outputs.ITERABLE.advance(nextAllowedInStream(BATCH_END.value))
        items = []
      },
    }
  },
)
