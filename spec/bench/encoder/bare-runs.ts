import { join } from 'node:path'
import type * as Onnx from '../../../servables/onnx/index.ts'
import { root } from '../../cli/support.ts'

/** What `bare-runs.ts FILE` is asked for: runs of so many rows of the same length, for a while. It replies with `BareFigures`. */
export interface BareRound {
  readonly rows: readonly (readonly number[])[]
  /** Runs at a time, and the threads of each; runs that are alone spin. */
  readonly runs: number
  readonly threads: number
  readonly milliseconds: number
}

export interface BareFigures {
  readonly rowsPerSecond: number
  /** Milliseconds that a run takes, the median. */
  readonly latency: number
}

/** ONNX Runtime alone, in a process like a host's: no other process works, there are no messages, no text, no vectors. */
const [file = ''] = process.argv.slice(2)
const { OnnxSession, Tensor }: typeof Onnx = await import(join(root, 'dist/servables/onnx/index.js'))
const sessions = new Map<string, Promise<Onnx.OnnxSession>>()

function sessionFor({ runs, threads }: BareRound): Promise<Onnx.OnnxSession> {
  const key = `${threads} ${runs === 1}`
  const session = sessions.get(key) ?? OnnxSession.open(file, { threads, spinning: runs === 1 && threads > 1 })
  sessions.set(key, session)
  return session
}

async function run(session: Onnx.OnnxSession, rows: BareRound['rows']): Promise<void> {
  const shape = [rows.length, rows[0]!.length]
  const ids = BigInt64Array.from(rows.flat(), BigInt)
  const values: Record<string, BigInt64Array> = { input_ids: ids, attention_mask: new BigInt64Array(ids.length).fill(1n) }
  const feeds = Object.fromEntries(
    session.inputs.map(({ name }) => [name, Tensor.over('int64', shape, values[name] ?? new BigInt64Array(ids.length))]),
  )
  const outputs = await session.runAllocating(feeds, [session.outputs[0]!.name])
  for (const tensor of [...Object.values(outputs), ...Object.values(feeds)]) tensor.dispose()
}

process.on('message', async (round: BareRound) => {
  const session = await sessionFor(round)
  await run(session, round.rows)
  const [began, times]: [number, number[]] = [performance.now(), []]
  const keepRunning = async () => {
    for (let last = performance.now(); last - began < round.milliseconds; last = performance.now()) {
      await run(session, round.rows)
      times.push(performance.now() - last)
    }
  }
  await Promise.all(Array.from({ length: round.runs }, keepRunning))
  const rowsPerSecond = (times.length * round.rows.length) / ((performance.now() - began) / 1000)
  process.send!({ rowsPerSecond, latency: times.toSorted((a, b) => a - b)[times.length >> 1]! } satisfies BareFigures)
})
process.on('disconnect', async () => {
  for (const session of sessions.values()) await (await session).dispose()
})
