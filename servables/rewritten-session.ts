import { EngineError } from '../engine/index.ts'
import { OnnxSession, type SessionOptions } from './onnx/index.ts'
import { type RewriteOptions, rewriteModel } from './onnx-file/index.ts'
import type { LoadContext } from './servable.ts'

/**
 * Loads an ONNX file rewritten. What cannot be rewritten, or not be loaded so, is loaded as it is, and the log says why. The
 * session's file tells which it was.
 *
 * @throws EngineError `bad_model`
 */
export async function openRewritten(
  file: string,
  rewrites: Omit<RewriteOptions, 'rewriting'>,
  options: SessionOptions,
  { log, progress }: Pick<LoadContext, 'log' | 'progress'>,
): Promise<OnnxSession> {
  const rewriting = () => progress({ phase: 'rewriting', done: 0, total: 1 })
  const { file: rewritten, applied, skipped } = await rewriteModel(file, { ...rewrites, rewriting })
  for (const { what, why } of skipped) log('warn', `${file}: ${what} could not be rewritten: ${why}`)
  progress({ phase: 'creating the session', done: 0, total: 1 })
  if (rewritten === file) return openSession(file, options)
  try {
    const session = await openSession(rewritten, options)
    log('info', `${file} was rewritten (${applied.join(', ')}); loaded from ${rewritten}`)
    return session
  } catch (error) {
    log('warn', `${file} is loaded as it is: ${error instanceof Error ? error.message : String(error)}`)
    return openSession(file, options)
  }
}

/**
 * Loads an ONNX file.
 *
 * @throws EngineError `bad_model`
 */
export async function openSession(file: string, options: SessionOptions): Promise<OnnxSession> {
  try {
    return await OnnxSession.open(file, options)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `${file} cannot be loaded: ${reason}`, { cause })
  }
}
