import { z } from 'zod'
import { AnyPacket, calculator, many, STOP } from '../../engine/index.ts'

const typedValue = z.union(
  [
    z.strictObject({ int_value: z.int() }),
    z.strictObject({ uint64_value: z.int().min(0) }),
    z.strictObject({ float_value: z.number() }),
    z.strictObject({ double_value: z.number() }),
    z.strictObject({ bool_value: z.boolean() }),
    z.strictObject({ string_value: z.string() }),
    z.strictObject({ value: z.json() }),
  ],
  { error: 'expected one of int_value, uint64_value, float_value, double_value, bool_value, string_value, value' },
)

/**
 * Puts values that the graph file says into side packets, when the run starts: the first of `packet` into PACKET, the next
 * into PACKET:1, and so on. `value` takes anything YAML can say. Source: MediaPipe, constant_side_packet_calculator.cc.
 *
 * @example
 * - calculator: ConstantSidePacketCalculator
 *   output_side_packet: [ "PACKET:0:limit", "PACKET:1:greeting" ]
 *   options: { packet: [ { int_value: 3 }, { string_value: Hello } ] }
 */
export const ConstantSidePacketCalculator = calculator(
  {
    sideOutputs: { PACKET: many(AnyPacket) },
    options: z.strictObject({
      packet: z
        .union([typedValue.transform((packet) => [packet]), z.array(typedValue).min(1)])
        .describe('A value for each PACKET.'),
    }),
    check({ sideOutputs: { PACKET = 0 }, options: { packet } }) {
      if (packet.length !== PACKET)
        return `it has a value for each PACKET; this node has ${packet.length} values and ${PACKET} PACKETs`
    },
  },
  ({ sideOutputs, options }) => {
    for (const [index, packet] of options.packet.entries()) sideOutputs.PACKET[index]!.set(Object.values(packet)[0])
    return { process: () => STOP }
  },
)
