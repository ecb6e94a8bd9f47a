import { EngineError } from '../../engine/index.ts'
import type { Vocabulary } from '../grammar/index.ts'
import type { OnnxSession, TensorSpec, TensorType } from '../onnx/index.ts'
import { LOGITS_MAXIMA, LOGITS_POSITIONS } from '../onnx-file/index.ts'
import type { CacheLayer } from './cache.ts'

/** What a host process is told of a model: where it is, and what its ONNX file does not say itself. */
export interface ModelInit {
  /** The ONNX file, absolute. */
  readonly file: string
  /** Whether its weights are to be rewritten to 8 bits. */
  readonly precision: 'int8' | 'keep'
  /** Intra-op threads; absent: as many as there are cores. */
  readonly threads?: number | undefined
  /** Names of inputs and outputs; `%d` stands for the layer. */
  readonly names: {
    readonly inputIds: string
    readonly attentionMask: string
    readonly positionIds: string
    readonly pastKey: string
    readonly pastValue: string
    readonly logits: string
    readonly presentKey: string
    readonly presentValue: string
  }
  /** From the configuration, for exports that leave these dimensions open. */
  readonly kvHeads: number
  readonly headSize: number
  readonly vocabularySize: number
  /** Sequences in the batch at most. */
  readonly rows: number
  /** Milliseconds that tokens may wait for those of the next steps, to be told together. */
  readonly streamInterval: number
  /** Tokens of prompt and answer together, at most. */
  readonly maxLength: number
  /** Tokens that a row of the cache has room for: GroupQueryAttention wants as many as its sliding window has, if they are more. */
  readonly rowLength: number
  /** The sliding window that all layers should have, in tokens; undefined where the file is to be believed. */
  readonly slidingWindow: number | undefined
  /** Whether sequences may outgrow LongRoPE's original length: then all positions are rotated for long texts. */
  readonly longRotation: boolean
  /** Tokens in one round of the scheduler. */
  readonly maxBatchedTokens: number
  /** Whether a prompt may be computed in several rounds. */
  readonly splitPrompts: boolean
  /** Memory for keys and values at most; 0: as much as makes sense on this machine. */
  readonly cacheBytes: number
  /** How much of it kept prefixes take at most; 0: none are kept. */
  readonly prefixCacheBytes: number
  /** How tokens are guessed ahead: by looking at the text before, or by a smaller model. Absent: they are not. */
  readonly guessing?: 'prompt_lookup' | ModelInit | undefined
  /** What the tokens spell, for grammars; absent where that cannot be said of each token alone. */
  readonly vocabulary?: Vocabulary | undefined
}

/** What an opened ONNX file turned out to be. */
export interface Architecture {
  readonly layers: readonly CacheLayer[]
  readonly logitsType: TensorType
  readonly vocabularySize: number
  /** Which logits the file gives: of all positions, of the last one alone, or of those asked for, as [positions, vocabulary]. */
  readonly logitsOf: 'all' | 'last' | 'wanted'
  /** How many stretches of each position's logits it tells the maxima of; 0: it tells none. */
  readonly maxima: number
  readonly hasPositionIds: boolean
}

/**
 * Checks that a file has the inputs and outputs of a decoder that appends to its cache in place.
 *
 * @throws EngineError `bad_model`
 */
export function architectureOf(session: OnnxSession, init: ModelInit): Architecture {
  const { names, file } = init
  const inputs = new Map(session.inputs.map((spec) => [spec.name, spec]))
  const outputs = new Map(session.outputs.map((spec) => [spec.name, spec]))
  const wrong = (what: string) => new EngineError('bad_model', `${file} ${what}. ${remedy}`)
  const known = new Set([names.inputIds, names.attentionMask, names.positionIds, LOGITS_POSITIONS])
  const layers: CacheLayer[] = []
  for (let layer = 0; inputs.has(names.pastKey.replace('%d', String(layer))); layer++) {
    for (const [pastName, presentName] of [
      [names.pastKey, names.presentKey],
      [names.pastValue, names.presentValue],
    ] as const) {
      const past = pastName.replace('%d', String(layer))
      const present = presentName.replace('%d', String(layer))
      const spec = inputs.get(past)
      if (spec === undefined || !outputs.has(present)) throw wrong(`has no input ${past} or no output ${present}`)
      if (spec.type !== 'float32' && spec.type !== 'float16')
        throw wrong(`keeps its cache in ${spec.type}; float32 and float16 are served`)
      known.add(past)
      layers.push({ past, present, type: spec.type, heads: size(spec, 1, init.kvHeads), headSize: size(spec, 3, init.headSize) })
    }
  }
  if (layers.length === 0)
    throw wrong(`has no inputs named like ${names.pastKey.replace('%d', '0')}, so it cannot continue a text`)
  for (const name of [names.inputIds, names.attentionMask]) {
    if (!inputs.has(name)) throw wrong(`has no input ${name}`)
    if (inputs.get(name)?.type !== 'int64') throw wrong(`wants ${name} as ${inputs.get(name)?.type}; int64 is served`)
  }
  const unknown = session.inputs.find((spec) => !known.has(spec.name))
  if (unknown !== undefined) throw wrong(`wants an input that is not served: ${unknown.name}`)
  const logits = outputs.get(names.logits)
  if (logits === undefined) throw wrong(`has no output ${names.logits}`)
  if (logits.type !== 'float32' && logits.type !== 'float16')
    throw wrong(`gives logits as ${logits.type}; float32 and float16 are served`)
  return {
    layers,
    logitsType: logits.type,
    vocabularySize: size(logits, logits.shape.length - 1, init.vocabularySize),
    logitsOf: inputs.has(LOGITS_POSITIONS) ? 'wanted' : logits.shape[1] === 1 ? 'last' : 'all',
    maxima: Number(outputs.get(LOGITS_MAXIMA)?.shape[1] ?? 0),
    hasPositionIds: inputs.has(names.positionIds),
  }
}

const remedy = "Export the model with 'python -m onnxruntime_genai.models.builder -e cpu'"

/** A dimension that the file states; else the configuration's. */
function size(spec: TensorSpec, dimension: number, configured: number): number {
  const stated = spec.shape[dimension]
  return typeof stated === 'number' && stated > 0 ? stated : configured
}
