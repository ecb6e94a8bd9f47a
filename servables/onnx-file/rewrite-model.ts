import { basename, join } from 'node:path'
import { EngineError } from '../../engine/index.ts'
import { type Fingerprint, fingerprintOf } from './fingerprint.ts'
import { MODEL_FILE, type OpenModel, readModel, writeModel } from './model-file.ts'
import { keyOf, type Manifest, REWRITE_VERSION, RewriteCache } from './rewrite-cache.ts'
import { lastLogits } from './rewrites/last-logits.ts'
import { perTokenInt8 } from './rewrites/per-token-int8.ts'
import type { Rewrite } from './rewrites/rewrite.ts'

/** The rewrites by name, in the order in which they are made. */
export type RewriteName = 'last_logits' | 'per_token_int8'

export interface RewriteOptions {
  /** `int8`: weights and activations of 8 bits, a scale for each row; see `perTokenInt8`. `keep`: as the file has them. */
  readonly precision: 'int8' | 'keep'
  /** Whether logits are computed for wanted positions only; see `lastLogits`. */
  readonly lastLogits: boolean
  /** The name of the model's logits; by default `logits`. */
  readonly logits?: string
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
  const rewrites = rewritesFor(options)
  if (rewrites.length === 0) return { file, applied: [], skipped: [] }
  const model = await readModel(file)
  try {
    return await rewriteOpened(file, model, rewrites, new RewriteCache(file))
  } finally {
    await model.files.close()
  }
}

type NamedRewrite = readonly [RewriteName, Rewrite]

function rewritesFor({ precision, lastLogits: last, logits = 'logits' }: RewriteOptions): NamedRewrite[] {
  const picked: NamedRewrite[] = last ? [['last_logits', lastLogits(logits)]] : []
  return precision === 'int8' ? [...picked, ['per_token_int8', perTokenInt8]] : picked
}

async function rewriteOpened(file: string, model: OpenModel, rewrites: readonly NamedRewrite[], cache: RewriteCache): Promise<RewrittenModel> {
  for (const location of model.locations) model.files.path(location)
  const sources = await cache.fingerprintSources([basename(file), ...model.locations])
  const key = keyOf(file, rewrites.map(([name]) => name).join('-'), sources)
  const known = await cache.find(key)
  if (known !== undefined) return described(known.folder, known.manifest)
  const outcomes = rewrites.map(([what, rewrite]) => ({ what, ...rewrite(model.graph) }))
  const applied = outcomes.filter((outcome) => outcome.applied).map(({ what }) => what)
  const skipped = outcomes.flatMap(({ what, skipped: why }) => (why === undefined ? [] : [{ what, why }]))
  if (applied.length === 0) return { file, applied, skipped }
  try {
    const made = await cache.make(key, async (folder) => {
      const files = await fingerprintsOf(folder, await writeModel(model, folder), sources)
      return { version: REWRITE_VERSION, source: basename(file), sources, files, applied, skipped }
    })
    return described(made.folder, made.manifest)
  } catch (error) {
    if (error instanceof EngineError) throw error
    const why = `the rewritten model cannot be written: ${error instanceof Error ? error.message : error}`
    return { file, applied: [], skipped: [...skipped, ...applied.map((what) => ({ what, why }))] }
  }
}

const described = (folder: string, { applied, skipped }: Manifest): RewrittenModel => ({
  file: join(folder, MODEL_FILE),
  applied,
  skipped,
})
