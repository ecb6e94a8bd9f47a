import { AnyPacket, calculator, sameAs, Timestamp } from '../../engine/index.ts'
import { advanceBeyond } from './bounds.ts'

/**
 * Gives a loop its previous result: at each time of MAIN, PREV_LOOP is what LOOP had at the time of the MAIN packet before.
 * At the first there is none, and PREV_LOOP's bound moves on, so that nobody waits for it. LOOP is marked as a back edge.
 * PREV_LOOP closes with MAIN, which ends the loop. Source: MediaPipe, previous_loopback_calculator.cc.
 *
 * @example
 * - calculator: PreviousLoopbackCalculator
 *   input_stream:  { MAIN: frames, LOOP: tracks }
 *   input_stream_info: { tag_index: LOOP, back_edge: true }
 *   output_stream: { PREV_LOOP: previous_tracks }
 */
export const PreviousLoopbackCalculator = calculator(
  {
    inputs: { MAIN: AnyPacket, LOOP: AnyPacket },
    outputs: { PREV_LOOP: sameAs('LOOP') },
    policy: { kind: 'immediate' },
    timestampOffset: 'own',
    processTimestampBounds: true,
  },
  ({ outputs }) => {
    /** Times of MAIN, each with the time at which LOOP has its previous result; UNSET where MAIN had no packet. */
    const mains: { readonly at: Timestamp; readonly loopAt: Timestamp }[] = []
    /** What LOOP had, in order; without a value where only its bound moved. */
    const loops: { readonly at: Timestamp; readonly value?: { readonly of: unknown } }[] = []
    let lastMain: Timestamp = Timestamp.UNSTARTED
    let lastMainPacket: Timestamp = Timestamp.UNSTARTED
    let lastLoop: Timestamp = Timestamp.UNSET

    return {
      process({ MAIN, LOOP }) {
        if (MAIN.timestamp > lastMain) {
          mains.push({ at: MAIN.timestamp, loopAt: MAIN.isEmpty ? Timestamp.UNSET : lastMainPacket })
          if (!MAIN.isEmpty) lastMainPacket = MAIN.timestamp
          lastMain = MAIN.timestamp
        }
        if (LOOP.timestamp > lastLoop) {
          loops.push(LOOP.isEmpty ? { at: LOOP.timestamp } : { at: LOOP.timestamp, value: { of: LOOP.value } })
          lastLoop = LOOP.timestamp
        }

        while (mains.length > 0 && loops.length > 0) {
          const main = mains[0]!
          const loop = loops[0]!
          if (main.loopAt <= loop.at) mains.shift()
          if (main.loopAt >= loop.at) loops.shift()
          if (main.loopAt === loop.at && loop.value) outputs.PREV_LOOP.send(loop.value.of, main.at)
          else if (main.loopAt <= loop.at) advanceBeyond(outputs.PREV_LOOP, main.at)
        }
      },
    }
  },
)
