import { z } from 'zod'
import { AnyPacket, calculator, many, optional, sameAs, Timestamp } from '../../engine/index.ts'
import { Flag, Index } from '../packets.ts'
import { advanceBeyond, boundAfter } from './bounds.ts'
import { pairs, unpaired } from './pairs.ts'

/**
 * Lets at most `max_in_flight` packets at a time into a section of the graph. FINISHED, a back edge from the section's end,
 * says by a packet, or by its bound, that one is through. Of those that wait, `max_in_queue` are kept and the oldest are
 * dropped. ALLOW sends, at each packet's time, whether it went in. Further inputs follow the first: what they have at a
 * time passes if that time was let in. Packets keep their time. Source: MediaPipe, flow_limiter_calculator.cc.
 *
 * @example
 * - calculator: FlowLimiterCalculator
 *   input_stream:  [ frames, "FINISHED:results" ]
 *   input_stream_info: { tag_index: FINISHED, back_edge: true }
 *   output_stream: [ sampled_frames, "ALLOW:sampled" ]
 *   options: { max_in_flight: 1, max_in_queue: 1 }
 */
export const FlowLimiterCalculator = calculator(
  {
    inputs: { '': many(AnyPacket), FINISHED: AnyPacket },
    outputs: { '': many(sameAs('')), ALLOW: optional(Flag) },
    sides: { MAX_IN_FLIGHT: optional(Index) },
    options: z.strictObject({
      max_in_flight: z.int().min(1).default(1).describe('Packets in the section at a time.'),
      max_in_queue: z.int().min(0).default(0).describe('Packets that may wait for it.'),
      in_flight_timeout: z
        .int()
        .min(0)
        .default(0)
        .describe('How much older than the newest packet one in flight may be before it is given up; 0: never.'),
    }),
    policy: { kind: 'immediate' },
    timestampOffset: 'own',
    processTimestampBounds: true,
    check: ({ inputs, outputs }) => unpaired(inputs[''], outputs['']),
  },
  ({ outputs, sides, options }) => {
    const maxInFlight = sides.MAX_IN_FLIGHT ?? options.max_in_flight
    const inFlight: Timestamp[] = []
    /** Packets of each input that are not decided on yet. */
    const queues: Queued[][] = outputs[''].map(() => [])
    /** Up to where each input is known. */
    const known: Timestamp[] = outputs[''].map(() => Timestamp.UNSET)
    const admission = admissionLog()
    const decide = (at: Timestamp, admitted: boolean) => {
      admission.set(at, admitted)
      outputs.ALLOW?.send(admitted, at)
    }

    return {
      process({ '': inputs, FINISHED }, timestamp) {
        const main = inputs[0]!
        if (FINISHED.timestamp === timestamp) dropWhile(inFlight, (at) => at <= timestamp)
        if (options.in_flight_timeout > 0 && main.timestamp === timestamp && timestamp < Timestamp.MAX) {
          dropWhile(inFlight, (at) => timestamp - at > options.in_flight_timeout)
        }
        for (const [index, [input]] of pairs(inputs, outputs['']).entries()) {
          known[index] = Math.max(known[index]!, input.timestamp)
          if (!input.isEmpty) queues[index]!.push({ at: input.timestamp, value: input.value })
        }

        const waiting = queues[0]!
        while (inFlight.length < maxInFlight && waiting.length > 0) {
          const { at, value } = waiting.shift()!
          outputs[''][0]!.send(value, at)
          inFlight.push(at)
          decide(at, true)
        }
        while (waiting.length > options.max_in_queue) decide(waiting.shift()!.at, false)

        if (waiting.length === 0 && outputs.ALLOW) advanceBeyond(outputs.ALLOW, known[0]!)
        const undecided = queues.map((queue, index) => queue[0]?.at ?? boundAfter(known[index]!))
        for (const [index, queue] of queues.entries()) {
          const output = outputs[''][index]!
          while (index > 0 && queue.length > 0 && queue[0]!.at < undecided[0]!) {
            const { at, value } = queue.shift()!
            if (admission.isAdmitted(at)) output.send(value, at)
          }
          if (queue.length === 0) advanceBeyond(output, known[index]!)
          else output.advance(queue[0]!.at)
        }
        admission.forgetBefore(Math.min(...undecided))
      },
    }
  },
)

interface Queued {
  readonly at: Timestamp
  readonly value: unknown
}

/** Which times were let in: what was decided at a time holds until the next decision. */
function admissionLog() {
  let decisions: { readonly at: Timestamp; readonly admitted: boolean }[] = [{ at: Timestamp.UNSET, admitted: true }]
  return {
    set(at: Timestamp, admitted: boolean): void {
      decisions.push({ at, admitted })
    },
    isAdmitted: (time: Timestamp): boolean => decisions.findLast((decision) => decision.at <= time)?.admitted ?? true,
    /** Drops decisions that no time from `bound` on can ask for. */
    forgetBefore(bound: Timestamp): void {
      const last = decisions.findLastIndex((decision) => decision.at <= bound)
      if (last > 0) decisions = decisions.slice(last)
    },
  }
}

function dropWhile<T>(queue: T[], drops: (first: T) => boolean): void {
  while (queue.length > 0 && drops(queue[0]!)) queue.shift()
}
