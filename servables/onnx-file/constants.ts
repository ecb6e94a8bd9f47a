import { type FileHandle, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EngineError } from '../../engine/index.ts'
import { bytesOf, type DataType, dataTypeOf, dataTypes } from './data-types.ts'
import type { Int64, TensorProto } from './model-proto.ts'

/** Where a tensor's bytes lie outside of its ONNX file. */
export interface ExternalData {
  /** Relative to the ONNX file's folder. */
  readonly location: string
  readonly offset: number
  readonly length: number
}

/** A constant tensor of a model, read when it is needed. */
export class Constant {
  readonly name: string
  readonly type: DataType
  readonly shape: readonly number[]
  readonly #proto: TensorProto
  readonly #files: ExternalFiles

  constructor(proto: TensorProto, type: DataType, files: ExternalFiles) {
    this.name = proto.name ?? ''
    this.type = type
    this.shape = (proto.dims ?? []).map(Number)
    this.#proto = proto
    this.#files = files
  }

  /** How many elements it has. */
  get size(): number {
    return this.shape.reduce((product, size) => product * size, 1)
  }

  get byteLength(): number {
    return bytesOf(this.type, this.size)
  }

  /** Its bytes, if they are in the ONNX file itself. */
  get inline(): Uint8Array | undefined {
    return externalDataOf(this.#proto) === undefined ? inlineBytes(this.#proto, this.type) : undefined
  }

  /** Its bytes `from … to` as ONNX's raw_data has them, by default all: a view if they are in the file, else read from the other file. */
  async bytes(from = 0, to = this.byteLength): Promise<Uint8Array> {
    const external = externalDataOf(this.#proto)
    const whole = this.inline
    const found = whole === undefined ? external!.length : whole.length
    if (found !== this.byteLength) {
      throw new EngineError(
        'bad_model',
        `the tensor ${this.name} of ${this.#files.model} has ${found} bytes instead of ${this.byteLength}`,
      )
    }
    return whole === undefined ? this.#files.read(external!, from, to) : whole.subarray(from, to)
  }
}

/** The files that hold the bytes of a model's large tensors; each is opened when it is first read. */
export class ExternalFiles {
  /** The ONNX file. */
  readonly model: string
  readonly #open = new Map<string, Promise<FileHandle>>()

  constructor(model: string) {
    this.model = model
  }

  /** Absolute; a location that leads out of the model's folder is refused, as ONNX Runtime does. */
  path(location: string): string {
    if (location.startsWith('/') || location.split(/[\\/]/).includes('..')) {
      throw new EngineError('bad_model', `${this.model} keeps tensors in ${location}, outside of its folder`)
    }
    return join(dirname(this.model), location)
  }

  async read({ location, offset }: ExternalData, from: number, to: number): Promise<Uint8Array> {
    const file = this.path(location)
    try {
      const opened = this.#open.get(file) ?? open(file)
      this.#open.set(file, opened)
      return await readFully(await opened, offset + from, to - from)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new EngineError('bad_model', `tensors of ${this.model} cannot be read from ${file}: ${reason}`, { cause })
    }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#open.values())
    this.#open.clear()
    await Promise.all(opened.map((each) => (each.status === 'fulfilled' ? each.value.close() : undefined)))
  }
}

const READ_AT_ONCE = 2 ** 30

async function readFully(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, READ_AT_ONCE), offset + done)
    if (bytesRead === 0) throw new Error(`it ends before byte ${offset + length}`)
    done += bytesRead
  }
  return bytes
}

/** Where a tensor's bytes are, if not in the ONNX file itself. */
export function externalDataOf(proto: TensorProto): ExternalData | undefined {
  if (proto.dataLocation !== 1) return undefined
  const entries = Object.fromEntries((proto.externalData ?? []).map(({ key, value }) => [key, value]))
  const { location = '', offset = '0', length } = entries
  const type = dataTypeOf(proto.dataType)
  const size = (proto.dims ?? []).reduce<number>((product, dimension) => product * Number(dimension), 1)
  return {
    location,
    offset: Number(offset),
    length: length === undefined ? (type === undefined ? 0 : bytesOf(type, size)) : Number(length),
  }
}

function inlineBytes(proto: TensorProto, type: DataType): Uint8Array {
  if (proto.rawData !== undefined && Object.hasOwn(proto, 'rawData')) return proto.rawData
  return typedBytes(proto, type)
}

/** The typed fields' values as raw_data would have them; onnx.proto says which types share a field. */
function typedBytes(proto: TensorProto, type: DataType): Uint8Array {
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
  const big = (values: readonly Int64[] = []) => values.map((value) => BigInt(value.toString()))
  if (type === 'float32' || type === 'complex64') return bytes(Float32Array.from(proto.floatData ?? []))
  if (type === 'float64' || type === 'complex128') return bytes(Float64Array.from(proto.doubleData ?? []))
  if (type === 'int64') return bytes(BigInt64Array.from(big(proto.int64Data)))
  if (type === 'uint64') return bytes(BigUint64Array.from(big(proto.uint64Data)))
  if (type === 'uint32') return bytes(Uint32Array.from(proto.uint64Data ?? [], Number))
  const values = proto.int32Data ?? []
  if (dataTypes[type].bits === 32) return bytes(Int32Array.from(values))
  return dataTypes[type].bits === 16 ? bytes(Uint16Array.from(values)) : bytes(Uint8Array.from(values))
}
