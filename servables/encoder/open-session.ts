import { OnnxSession } from '../onnx/index.ts'
import { rewriteModel } from '../onnx-file/index.ts'
import type { EncoderInit } from './hosted.ts'

/**
 * Opens an encoder's file. A language model's is rewritten before, to compute the logits of each text's end alone: those of all
 * tokens would be a vocabulary for each. What cannot be rewritten is opened as it is.
 *
 * @throws EngineError `bad_model`
 */
export async function openSession({ file, lanes: { threads }, answers }: EncoderInit): Promise<OnnxSession> {
  if (!answers) return OnnxSession.open(file, { threads })
  const rewritten = await rewriteModel(file, { precision: 'keep', lastLogits: true })
  return OnnxSession.open(rewritten.file, { threads })
}
