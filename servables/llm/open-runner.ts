import { EngineError } from '../../engine/index.ts'
import { OnnxSession } from '../onnx/index.ts'
import { rewriteModel } from '../onnx-file/index.ts'
import type { LoadContext } from '../servable.ts'
import { architectureOf, type ModelInit } from './architecture.ts'
import { ConcatenatingRunner } from './concatenating-runner.ts'
import { InPlaceRunner } from './in-place-runner.ts'
import type { Runner } from './runner.ts'
import { Sequence } from './sequence.ts'

/**
 * Loads a model's ONNX file.
 *
 * @throws EngineError `bad_model`
 */
export async function openSession(file: string): Promise<OnnxSession> {
  try {
    return await OnnxSession.open(file, { spinning: true, config: { 'session.intra_op.spin_duration_us': '200' } })
  } catch (cause) {
    throw new EngineError('bad_model', `${file} cannot be loaded: ${reasonOf(cause)}`, { cause })
  }
}

/**
 * Loads a model's ONNX file rewritten: with logits of wanted positions alone and, if asked for, weights of 8 bits. What cannot
 * be rewritten, or not be loaded so, is loaded as it is, and the log says why.
 *
 * @throws EngineError `bad_model`
 */
export async function openRewritten(
  init: ModelInit,
  log: LoadContext['log'],
): Promise<{ session: OnnxSession; init: ModelInit }> {
  const { precision, names, slidingWindow, longRotation } = init
  const asked = { precision, lastLogits: true, logits: names.logits, slidingWindow, longRotation }
  const { file, applied, skipped } = await rewriteModel(init.file, asked)
  for (const { what, why } of skipped) log('warn', `${init.file}: ${what} could not be rewritten: ${why}`)
  if (file === init.file) return { session: await openSession(file), init }
  try {
    const session = await openSession(file)
    log('info', `${init.file} was rewritten (${applied.join(', ')}); loaded from ${file}`)
    return { session, init: { ...init, file } }
  } catch (error) {
    log('warn', `${init.file} is loaded as it is: ${reasonOf(error)}`)
    return { session: await openSession(init.file), init }
  }
}

/**
 * Finds out how the file keeps its cache, by small runs of each sort. They also pay for what ONNX Runtime does at first runs,
 * before requests come.
 *
 * @throws EngineError `bad_model` when the file is no decoder that is served here
 */
export async function openRunner(session: OnnxSession, init: ModelInit, log: LoadContext['log']): Promise<Runner> {
  const architecture = architectureOf(session, init)
  const inPlace = new InPlaceRunner(session, init, architecture)
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

/** Why the model cannot be run so; the runner is disposed then. */
async function failureOf(runner: Runner): Promise<string | undefined> {
  const sampling = { temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0, choice: 0 }
  const sequence = new Sequence(0, { prompt: [0, 0], emitted: [0], sampling, maxLength: 3, endTokens: [] })
  sequence.row = 0
  try {
    await runner.run({ kind: 'prefill', sequence, from: 0, to: 2, wanting: [] })
    sequence.computed = 2
    await runner.run({ kind: 'decode', sequences: [sequence], lengths: [3], wanting: [] })
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
