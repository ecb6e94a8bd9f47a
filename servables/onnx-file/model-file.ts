import { createHash } from 'node:crypto'
import { type FileHandle, link, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../../engine/index.ts'
import { Constant, ExternalFiles, externalDataOf } from './constants.ts'
import { dataTypeOf } from './data-types.ts'
import { type Computation, Graph } from './graph.ts'
import { decodeModel, encodeModel, type ModelProto, type TensorProto } from './model-proto.ts'

/** An ONNX file, read: the graph is in memory, large tensors may lie in other files. To be closed. */
export interface OpenModel {
  readonly graph: Graph
  readonly files: ExternalFiles
  /** The files beside it that hold tensors, as it names them. */
  readonly locations: readonly string[]
}

/**
 * Reads an ONNX file; the data in files beside it is read when it is asked for.
 *
 * @throws EngineError `bad_model`
 */
export async function readModel(file: string): Promise<OpenModel> {
  const bytes = await readFile(file).catch((cause) => {
    throw new EngineError('bad_model', `${file} cannot be read: ${cause.message}`, { cause })
  })
  const model = decodeModel(bytes, file)
  const files = new ExternalFiles(file)
  const locations = model.graph.initializer.flatMap((tensor) => externalDataOf(tensor)?.location ?? [])
  return { graph: new Graph(model, files), files, locations: [...new Set(locations)] }
}

/** The names of the files that `writeModel` makes. */
export const MODEL_FILE = 'model.onnx'
const COMPUTED_FILE = 'computed.data'

/** Tensors of more bytes go to the data file. ONNX Runtime reads shapes and axes from small ones, which it wants in the model. */
const LARGEST_INLINE = 1024

/** ONNX Runtime maps data into memory, which begins at a page's start. */
const PAGE = 4096

/** A file that was written, and the digest of its contents. */
export interface WrittenFile {
  readonly name: string
  readonly sha256: string | undefined
}

/**
 * Writes a changed model into an empty folder. What was computed goes into a data file; data of the original that is still used
 * is taken over by a hard link to its file, as ONNX Runtime follows neither symbolic links nor paths out of a model's folder; or,
 * where file systems don't allow the link, is copied into the same data file.
 */
export async function writeModel({ graph, files, locations }: OpenModel, folder: string): Promise<WrittenFile[]> {
  const data = new DataFile(join(folder, COMPUTED_FILE))
  const linked = new Set<string>()
  try {
    for (const location of locations) {
      const used = graph.model.graph.initializer.filter((tensor) => externalDataOf(tensor)?.location === location)
      if (used.length === 0) continue
      if (await hardLink(files.path(location), join(folder, location))) linked.add(location)
      else for (const tensor of used) await copy(tensor, files, data)
    }
    for (const computation of graph.computations) await compute(computation, graph.model, data)
  } finally {
    await data.close()
  }
  const bytes = encodeModel(graph.model)
  await writeFile(join(folder, MODEL_FILE), bytes, { flush: true })
  return [
    { name: MODEL_FILE, sha256: createHash('sha256').update(bytes).digest('hex') },
    ...(data.size === 0 ? [] : [{ name: COMPUTED_FILE, sha256: data.sha256() }]),
    ...[...linked].map((name) => ({ name, sha256: undefined })),
  ]
}

async function hardLink(file: string, name: string): Promise<boolean> {
  return link(file, name).then(
    () => true,
    () => false,
  )
}

async function copy(tensor: TensorProto, files: ExternalFiles, data: DataFile): Promise<void> {
  const type = dataTypeOf(tensor.dataType)
  if (type === undefined)
    throw new EngineError('bad_model', `${files.model} has the tensor ${tensor.name} of the unknown type ${tensor.dataType}`)
  await store(tensor, await new Constant(tensor, type, files).bytes(), data)
}

/** Constants that nobody reads any more are left out. */
async function compute({ tensors, compute }: Computation, model: ModelProto, data: DataFile): Promise<void> {
  const protos = tensors.map(({ name }) => model.graph.initializer.find((tensor) => tensor.name === name))
  if (protos.every((proto) => proto === undefined)) return
  const contents = await compute()
  for (const [index, proto] of protos.entries()) if (proto !== undefined) await store(proto, contents[index]!, data)
}

async function store(tensor: TensorProto, bytes: Uint8Array, data: DataFile): Promise<void> {
  if (bytes.length <= LARGEST_INLINE) {
    tensor.rawData = bytes
    tensor.externalData = []
    tensor.dataLocation = 0
    return
  }
  const offset = await data.append(bytes)
  const entries = { location: COMPUTED_FILE, offset: String(offset), length: String(bytes.length) }
  tensor.externalData = Object.entries(entries).map(([key, value]) => ({ key, value }))
  tensor.dataLocation = 1
}

/** Bytes. Digests take no more than 2 GiB in one piece. */
const WRITTEN_AT_ONCE = 2 ** 26

/** A file of tensors, one after the other; made when the first one comes. */
class DataFile {
  size = 0
  readonly #name: string
  readonly #hash = createHash('sha256')
  #file: FileHandle | undefined

  constructor(name: string) {
    this.#name = name
  }

  /** Where the bytes begin. */
  async append(bytes: Uint8Array): Promise<number> {
    this.#file ??= await open(this.#name, 'wx')
    const padding = new Uint8Array(Math.ceil(this.size / PAGE) * PAGE - this.size)
    const offset = this.size + padding.length
    await this.#write(this.#file, padding)
    await this.#write(this.#file, bytes)
    return offset
  }

  async #write(file: FileHandle, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += WRITTEN_AT_ONCE) {
      const part = bytes.subarray(at, at + WRITTEN_AT_ONCE)
      await file.writeFile(part)
      this.#hash.update(part)
    }
    this.size += bytes.length
  }

  async close(): Promise<void> {
    await this.#file?.sync()
    await this.#file?.close()
  }

  sha256(): string {
    return this.#hash.digest('hex')
  }
}
