import { AnyPacket, calculator, many, optional, STOP, Timestamp } from '../../engine/index.ts'
import { pairs, unpaired } from './pairs.ts'

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
    check({ sides, outputs: { AT_ZERO = 0, AT_PRESTREAM = 0, AT_POSTSTREAM = 0 } }) {
      const used = [AT_ZERO, AT_PRESTREAM, AT_POSTSTREAM].filter(Boolean)
      return used.length > 1 ? 'its outputs have one tag' : unpaired(sides[''], used[0])
    },
  },
  ({ sides, outputs: { AT_ZERO, AT_PRESTREAM, AT_POSTSTREAM } }) => ({
    process() {
      for (const [output, value] of pairs(AT_ZERO, sides[''])) output.send(value, 0)
      for (const [output, value] of pairs(AT_PRESTREAM, sides[''])) output.send(value, Timestamp.PRE_STREAM)
      for (const [output, value] of pairs(AT_POSTSTREAM, sides[''])) output.send(value, Timestamp.POST_STREAM)
      return STOP
    },
  }),
)
