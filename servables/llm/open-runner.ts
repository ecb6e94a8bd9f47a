import { EngineError } from '../../engine/index.ts'
import { Memory, type OnnxSession } from '../onnx/index.ts'
import { whyAttentionReadsEarly } from '../onnx-file/index.ts'
import { openSession as openOnnx, openRewritten as openOnnxRewritten } from '../rewritten-session.ts'
import type { LoadContext } from '../servable.ts'
import { type Architecture, architectureOf, type ModelInit } from './architecture.ts'
import { ConcatenatingRunner } from './concatenating-runner.ts'
import { InPlaceRunner } from './in-place-runner.ts'
import type { Runner } from './runner.ts'
import { Sequence } from './sequence.ts'

/** Tokens computed beside each other if some are guesses: with more a run takes so long that hardly any guess is worth its lane. */
const LANES = 16

/** Threads spin, in µs, as long as an operator that leaves them idle may take, and sleep between runs. */
const briefly = { 'session.intra_op.spin_duration_us': '200' }

const sessionOptions = (threads: number | undefined) => ({ spinning: true, config: briefly, ...(threads && { threads }) })

/**
 * Loads a model's ONNX file.
 *
 * @throws EngineError `bad_model`
 */
export const openSession = (file: string, threads?: number): Promise<OnnxSession> => openOnnx(file, sessionOptions(threads))

/**
 * Loads a model's ONNX file rewritten: with logits of wanted positions alone and, if asked for, weights of 8 bits.
 *
 * @throws EngineError `bad_model`
 */
export async function openRewritten(
  init: ModelInit,
  context: Pick<LoadContext, 'log' | 'progress'>,
): Promise<{ session: OnnxSession; init: ModelInit }> {
  const { file, precision, names, slidingWindow, longRotation, threads } = init
  const rewrites = { precision, lastLogits: true, sharedWeights: true, logits: names.logits, slidingWindow, longRotation }
  const session = await openOnnxRewritten(file, rewrites, sessionOptions(threads), context)
  return { session, init: { ...init, file: session.file } }
}

/**
 * Finds out how the file keeps its cache, by small runs of each sort. They also pay for what ONNX Runtime does at first runs,
 * before requests come.
 *
 * @throws EngineError `bad_model` when the file is no decoder that is served here
 */
export async function openRunner(session: OnnxSession, init: ModelInit, log: LoadContext['log']): Promise<Runner> {
  const architecture = architectureOf(session, init)
  const whyNoLanes = init.guessing === undefined ? undefined : await whyLanesAreNone(init, architecture)
  if (whyNoLanes !== undefined) log('warn', `${init.file}: nothing is guessed ahead: ${whyNoLanes}`)
  const lanes = init.guessing === undefined || whyNoLanes !== undefined ? 0 : LANES
  const inPlace = new InPlaceRunner(session, init, architecture, lanes)
  const whyNotInPlace = await failureOf(inPlace)
  if (whyNotInPlace === undefined) return inPlace
  const concatenating = new ConcatenatingRunner(session, init, architecture)
  const whyNotAtAll = await failureOf(concatenating)
  if (whyNotAtAll !== undefined) {
    const reasons = `in place: ${whyNotInPlace}; concatenated: ${whyNotAtAll}`
    const remedy = "Export it with 'python -m onnxruntime_genai.models.builder -e cpu'"
    throw new EngineError('bad_model', `${init.file} can be run neither with its cache ${reasons}. ${remedy}.`)
  }
  const slow =
    'its cache cannot be written in place (GroupQueryAttention would do that), so answers are decoded one by one instead of in a batch'
  log(
    'warn',
    `${init.file} runs slower than it could: ${slow}. Export it with 'python -m onnxruntime_genai.models.builder -e cpu'`,
  )
  return concatenating
}

/** Why no sequence can have several tokens beside each other in a run. */
async function whyLanesAreNone({ file }: ModelInit, { layers }: Architecture): Promise<string | undefined> {
  if (!Memory.shows) return 'only Linux shows memory at several addresses'
  if (layers.some(({ type }) => type !== 'float32')) return 'its cache is not float32'
  return await whyAttentionReadsEarly(file)
}

/** Why the model cannot be run so; the runner is disposed then. */
async function failureOf(runner: Runner): Promise<string | undefined> {
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice: 0 }
  const sequence = new Sequence(0, { prompt: [0, 0], emitted: [0], sampling, maxLength: 3, endTokens: [] })
  sequence.row = 0
  try {
    await runner.run({ kind: 'prefill', sequence, from: 0, to: 2, wanting: [] })
    sequence.computed = 2
    await runner.run({ kind: 'decode', sequences: [sequence], lengths: [3], wanting: [] })
    const lanes = [1, 2].map((position) => ({ sequence, position, token: 0, isGuess: false }))
    if (runner.lanes > 0) await runner.run({ kind: 'lanes', sequences: [sequence], lanes, wanting: [] })
    runner.memory.release(0)
    return undefined
  } catch (error) {
    runner.dispose()
    return reasonOf(error)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
