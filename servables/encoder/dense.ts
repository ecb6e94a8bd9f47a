import { join } from 'node:path'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { readJson } from '../model-directory.ts'
import { readSafetensors } from './safetensors.ts'

const Config = z.looseObject({ in_features: z.int(), out_features: z.int(), activation_function: z.string().nullish() })

const activations: Readonly<Record<string, (value: number) => number>> = {
  Identity: (value) => value,
  Tanh: Math.tanh,
  ReLU: (value) => Math.max(0, value),
  Sigmoid: (value) => 1 / (1 + Math.exp(-value)),
}

/** A layer behind the pooling: activation(weight × vector + bias). Structured-cloneable. */
export interface Dense {
  /** [width, in], row by row. */
  readonly weight: Float32Array
  /** [width]; absent: none. */
  readonly bias: Float32Array | undefined
  readonly width: number
  readonly activation: string
}

/**
 * Reads a Dense module of sentence-transformers: its config.json and model.safetensors.
 *
 * @throws EngineError `bad_model`
 */
export async function readDense(folder: string): Promise<Dense> {
  const config = await readJson(join(folder, 'config.json'), Config)
  if (!config) throw new EngineError('bad_model', `${join(folder, 'config.json')} is missing, which modules.json names.`)
  const file = join(folder, 'model.safetensors')
  const tensors = await readSafetensors(file)
  const weight = tensors.get('linear.weight')
  const { in_features: inputs, out_features: width } = config
  if (weight?.shape[0] !== width || weight.shape[1] !== inputs) {
    throw new EngineError('bad_model', `${file} has no linear.weight of ${width} × ${inputs}, as its config.json says.`)
  }
  const activation = config.activation_function?.split('.').at(-1) ?? 'Tanh'
  if (!Object.hasOwn(activations, activation)) {
    const known = Object.keys(activations).join(', ')
    throw new EngineError('bad_model', `${folder} asks for the activation ${activation}; supported are ${known}.`)
  }
  return { weight: weight.values, bias: tensors.get('linear.bias')?.values, width, activation }
}

export function applyDense(vector: Float32Array, { weight, bias, width, activation }: Dense): Float32Array {
  const activate = activations[activation]!
  return Float32Array.from({ length: width }, (_, row) => {
    let total = bias?.[row] ?? 0
    for (let element = 0, at = row * vector.length; element < vector.length; element++, at++)
      total += weight[at]! * vector[element]!
    return activate(total)
  })
}
