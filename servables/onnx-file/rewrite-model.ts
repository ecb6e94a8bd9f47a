import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EngineError } from '../../engine/index.ts'
import { exactWeightType } from './exact-weight-type.ts'
import { MODEL_FILE, type OpenModel, readModel, type WrittenFile, writeModel } from './model-file.ts'
import { type Entry, type Fingerprints, keyOf, REWRITE_VERSION, RewriteCache } from './rewrite-cache.ts'
import { lastLogits, longRotation, perTokenInt8, type Rewrite, sharedWeights, slidingWindow } from './rewrites/index.ts'

/** The rewrites by name, in the order in which they are made. */
export type RewriteName = 'sliding_window' | 'long_rotation' | 'last_logits' | 'shared_weights' | 'per_token_int8'

export interface RewriteOptions {
  /** `int8`: weights and activations of 8 bits, a scale for each row; see `perTokenInt8`. `keep`: as the file has them. */
  readonly precision: 'int8' | 'keep'
  /** Whether logits are computed for wanted positions only; see `lastLogits`. */
  readonly lastLogits: boolean
  /** The name of the model's logits; by default `logits`. */
  readonly logits?: string
  /** The sliding window of all layers' attention, if the file should have one; see `slidingWindow`. */
  readonly slidingWindow?: number | undefined
  /** Whether positions are rotated for long texts throughout; see `longRotation`. */
  readonly longRotation?: boolean
  /** Whether weights in another shape are the same bytes; see `sharedWeights`. */
  readonly sharedWeights?: boolean
  /** Called before the work begins, of which there is none when the result is known; it holds up everything else for long. */
  readonly rewriting?: () => void
}

export interface RewrittenModel {
  /** The file to load: the rewritten one, or the original if nothing was changed. */
  readonly file: string
  readonly applied: readonly string[]
  /** What was asked for and not done, or not everywhere, and why. */
  readonly skipped: readonly { readonly what: string; readonly why: string }[]
}

/**
 * Rewrites an ONNX language model so that it runs faster, before it is loaded. The result is kept on disk and found again as
 * long as the original's contents are the same. A model that cannot be rewritten, or not be written anywhere, stays as it is.
 *
 * @throws EngineError `bad_model` when the file, or data that belongs to it, cannot be read
 */
export async function rewriteModel(file: string, options: RewriteOptions): Promise<RewrittenModel> {
  const rewrites = await rewritesFor(options)
  if (rewrites.length === 0) return { file, applied: [], skipped: [] }
  const model = await readModel(file)
  try {
    return await rewriteOpened(file, model, rewrites, new RewriteCache(file), options.rewriting)
  } finally {
    await model.files.close()
  }
}

interface NamedRewrite {
  readonly name: RewriteName
  /** What its result depends on, beside the model. */
  readonly options: string
  readonly rewrite: Rewrite
}

async function rewritesFor({ precision, logits = 'logits', ...wanted }: RewriteOptions): Promise<NamedRewrite[]> {
  const rewrites: NamedRewrite[] = []
  const { slidingWindow: size } = wanted
  if (size !== undefined) rewrites.push({ name: 'sliding_window', options: String(size), rewrite: slidingWindow(size) })
  if (wanted.longRotation) rewrites.push({ name: 'long_rotation', options: '', rewrite: longRotation })
  if (wanted.lastLogits) rewrites.push({ name: 'last_logits', options: logits, rewrite: lastLogits(logits) })
  if (wanted.sharedWeights) rewrites.push({ name: 'shared_weights', options: '', rewrite: sharedWeights })
  if (precision === 'keep') return rewrites
  const type = await exactWeightType()
  return [...rewrites, { name: 'per_token_int8', options: type, rewrite: (graph) => perTokenInt8(graph, type) }]
}

async function rewriteOpened(
  file: string,
  model: OpenModel,
  rewrites: readonly NamedRewrite[],
  cache: RewriteCache,
  rewriting: (() => void) | undefined,
): Promise<RewrittenModel> {
  const sources = await fingerprintSources(file, model, cache)
  const label = rewrites.map(({ name }) => name).join('-')
  const key = keyOf(
    file,
    label,
    rewrites.map(({ options }) => options),
    sources,
  )
  const known = await cache.find(key)
  if (known !== undefined) return described(known)
  rewriting?.()
  const outcomes = rewrites.map(({ name, rewrite }) => ({ what: name, ...rewrite(model.graph) }))
  const applied = outcomes.filter((outcome) => outcome.applied).map(({ what }) => what)
  const skipped = outcomes.flatMap(({ what, skipped: why }) => (why === undefined ? [] : [{ what, why }]))
  if (applied.length === 0) return { file, applied, skipped }
  try {
    return described(
      await cache.make(key, async (folder) => {
        const files = await fingerprintWritten(folder, await writeModel(model, folder), sources)
        return { version: REWRITE_VERSION, source: basename(file), sources, files, applied, skipped }
      }),
    )
  } catch (error) {
    if (error instanceof EngineError) throw error
    const why = `the rewritten model cannot be written: ${reasonOf(error)}`
    return { file, applied: [], skipped: [...skipped, ...applied.map((what) => ({ what, why }))] }
  }
}

async function fingerprintSources(file: string, { files, locations }: OpenModel, cache: RewriteCache): Promise<Fingerprints> {
  for (const location of locations) files.path(location)
  try {
    return await cache.fingerprintSources([basename(file), ...locations])
  } catch (cause) {
    throw new EngineError('bad_model', `${file}, or a file with its tensors, cannot be read: ${reasonOf(cause)}`, { cause })
  }
}

/** Linked files have their source's digest. */
async function fingerprintWritten(folder: string, written: readonly WrittenFile[], sources: Fingerprints): Promise<Fingerprints> {
  const found = written.map(async ({ name, sha256 = sources[name]?.sha256 ?? '' }) => {
    const { size, mtimeMs: modified } = await stat(join(folder, name))
    return [name, { size, modified, sha256 }] as const
  })
  return Object.fromEntries(await Promise.all(found))
}

const described = ({ folder, manifest }: Entry): RewrittenModel => ({
  file: join(folder, MODEL_FILE),
  applied: manifest.applied,
  skipped: manifest.skipped,
})

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
