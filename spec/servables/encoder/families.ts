import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Encoder } from '../../../servables/encoder/encoder.ts'
import { embeddings, rerank } from '../../../servables/encoder/index.ts'
import { EmbeddingsOptions, RerankOptions } from '../../../servables/encoder/options.ts'
import { Host } from '../../../servables/host/index.ts'
import type { Servable } from '../../../servables/servable.ts'
import type { Tokenizer } from '../../../servables/tokenizer/index.ts'

type Vectors = readonly (readonly number[])[]

interface TextsGolden {
  readonly texts: readonly string[]
  readonly vectors?: Vectors
  /** By the name of the prompt. */
  readonly prompted?: Readonly<Record<string, Vectors>>
  readonly sparse?: Vectors
  readonly tokens?: readonly Vectors[]
  /** By the name of the prompt. */
  readonly promptedTokens?: Readonly<Record<string, readonly Vectors[]>>
}
interface PairsGolden {
  readonly pairs: readonly (readonly [string, string])[]
  readonly logits: Vectors
  readonly long: readonly [string, string]
  readonly instruction?: string
  readonly instructed?: Vectors
}

const fixtures = join(import.meta.dirname, '../../fixtures/encoders')

/** What sentence-transformers and transformers answer for the models in spec/fixtures/encoders, by their folders. */
export const { families }: { families: Record<string, TextsGolden | PairsGolden> } = JSON.parse(
  readFileSync(join(fixtures, 'golden.json'), 'utf8'),
)

export interface LoadedFamily {
  readonly servable: Servable
  readonly sides: { readonly ENCODER: Encoder; readonly TOKENIZER: Tokenizer }
}

/** One process for all that a spec loads. */
const host = new Host({ name: 'families', log: () => {} })
const loaded: Servable[] = []

/** Unloads all that was loaded. */
export const unload = async () => {
  for (const servable of loaded.splice(0)) await servable.dispose()
}

/** Long texts are cut, unless the options say. It is loaded in the one process, or in another `place`. */
export async function loadEmbedder(name: string, options: object = {}, place = host): Promise<LoadedFamily> {
  return sidesOf(await embeddings.load(contextOf(name, place), EmbeddingsOptions.parse({ truncate: true, ...options })))
}

export async function loadReranker(name: string, options: object = {}): Promise<LoadedFamily> {
  return sidesOf(await rerank.load(contextOf(name, host), RerankOptions.parse(options)))
}

/** A family's folder; an absolute path stays as it is. */
export const directoryOf = (name: string) => resolve(fixtures, name)

const contextOf = (name: string, host: Host) => ({
  name,
  path: directoryOf(name),
  host,
  threads: 1,
  memory: 2 ** 30,
  log: () => {},
  progress: () => {},
  signal: new AbortController().signal,
})

function sidesOf(servable: Servable): LoadedFamily {
  loaded.push(servable)
  return { servable, sides: servable.sides as LoadedFamily['sides'] }
}
