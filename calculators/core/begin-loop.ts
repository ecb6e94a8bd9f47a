import { AnyPacket, calculator, many, optional, sameAs } from '../../engine/index.ts'
import { Time } from '../packets.ts'
import { pairs, unpaired } from './pairs.ts'
import { listIn } from './spread.ts'

/**
 * Begins a loop over the elements of lists: each element goes out by ITEM, at a time of the loop's own that counts on from
 * 0; BATCH_END follows at the last element's time and carries the list's. Packets on CLONE go out again with every element
 * of the list at the same time. What lies between it and an `EndLoopCalculator` runs once for every element. A list without
 * elements, and a time without a list, send BATCH_END alone. Source: MediaPipe, begin_loop_calculator.h.
 *
 * @example
 * - calculator: BeginLoopCalculator
 *   input_stream:  { ITERABLE: chunks, CLONE: question }
 *   output_stream: { ITEM: chunk, BATCH_END: chunks_time, CLONE: chunk_question }
 */
export const BeginLoopCalculator = calculator(
  {
    inputs: { ITERABLE: AnyPacket, CLONE: optional(many(AnyPacket)) },
    outputs: { ITEM: AnyPacket, BATCH_END: Time, CLONE: optional(many(sameAs('CLONE'))) },
    timestampOffset: 'own',
    processTimestampBounds: true,
    check: ({ inputs, outputs }) => unpaired(inputs.CLONE, outputs.CLONE),
  },
  ({ node, outputs }) => {
    let next = 0
    return {
      async process({ ITERABLE, CLONE }, timestamp) {
        const clones = pairs(CLONE, outputs.CLONE)
        const items = ITERABLE.isEmpty ? [] : listIn(ITERABLE.value, node)
        for (const [index, item] of items.entries()) {
          outputs.ITEM.send(item, next + index)
          for (const [input, output] of clones) if (!input.isEmpty) output.send(input.value, next + index)
          await outputs.ITEM.ready
        }

        // A list without elements uses up one time of the loop: BATCH_END needs one.
        next += Math.max(1, items.length)
        outputs.BATCH_END.send(timestamp, next - 1)
        for (const output of [outputs.ITEM, ...outputs.CLONE]) output.advance(next)
      },
    }
  },
)
