import { AnyPacket, calculator, EngineError, many, optional, STOP, Timestamp } from '../../engine/index.ts'
import { pairs } from './pairs.ts'

/**
 * Sends each side packet as the one packet of the stream of the same index: at 0, before all times, or after them, as the
 * outputs' tag says. Source: MediaPipe, side_packet_to_stream_calculator.cc.
 *
 * @example
 * - calculator: SidePacketToStreamCalculator
 *   input_side_packet: [ greeting ]
 *   output_stream: { AT_ZERO: greetings }
 */
export const SidePacketToStreamCalculator = calculator(
  {
    sides: { '': many(AnyPacket) },
    outputs: {
      AT_ZERO: optional(many(AnyPacket)),
      AT_PRESTREAM: optional(many(AnyPacket)),
      AT_POSTSTREAM: optional(many(AnyPacket)),
    },
    timestampOffset: 'own',
  },
  ({ node, sides, outputs }) => ({
    process() {
      const all = [...outputs.AT_ZERO, ...outputs.AT_PRESTREAM, ...outputs.AT_POSTSTREAM]
      const used = [outputs.AT_ZERO, outputs.AT_PRESTREAM, outputs.AT_POSTSTREAM].filter((list) => list.length > 0)
      if (used.length > 1) throw new EngineError('bad_graph', `${node} takes outputs of one tag; got several.`, { node })
      const at = used[0] === outputs.AT_ZERO ? 0 : used[0] === outputs.AT_PRESTREAM ? Timestamp.PRE_STREAM : Timestamp.POST_STREAM
      for (const [value, output] of pairs(node, sides[''], all)) output.send(value, at)
      return STOP
    },
  }),
)
