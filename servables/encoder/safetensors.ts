import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { widen } from '../half-floats.ts'

const Header = z.record(
  z.string(),
  z
    .looseObject({ dtype: z.string(), shape: z.array(z.int()), data_offsets: z.tuple([z.int(), z.int()]) })
    .or(z.record(z.string(), z.string())),
)

export interface NamedTensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/**
 * The float tensors of a small safetensors file, by name, as float32. Source: https://github.com/huggingface/safetensors, §Format.
 *
 * @throws EngineError `bad_model`
 */
export async function readSafetensors(file: string): Promise<ReadonlyMap<string, NamedTensor>> {
  try {
    const bytes = await readFile(file)
    const size = Number(bytes.readBigUInt64LE(0))
    const header = Header.parse(JSON.parse(bytes.toString('utf8', 8, 8 + size)))
    const tensors = Object.entries(header).flatMap(([name, entry]) => {
      if (!isTensor(entry)) return []
      const [begin, end] = entry.data_offsets
      // A copy is aligned as the elements want it.
      const data = new Uint8Array(bytes.subarray(8 + size + begin, 8 + size + end)).buffer
      return [[name, { shape: entry.shape, values: toFloat32(entry.dtype, data) }] as const]
    })
    return new Map(tensors)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError('bad_model', `${file} cannot be read as safetensors: ${reason}`, { cause })
  }
}

type Entry = z.infer<typeof Header>[string]
type TensorEntry = { readonly dtype: string; readonly shape: number[]; readonly data_offsets: [number, number] }
const isTensor = (entry: Entry): entry is TensorEntry => Array.isArray(entry.data_offsets)

function toFloat32(dtype: string, data: ArrayBuffer): Float32Array {
  if (dtype === 'F32') return new Float32Array(data)
  const halves = new Uint16Array(data)
  if (dtype === 'F16') return widen(halves, new Float32Array(halves.length))
  if (dtype === 'BF16') return new Float32Array(Uint32Array.from(halves, (bits) => bits << 16).buffer)
  throw new Error(`elements of type ${dtype} are not supported`)
}
