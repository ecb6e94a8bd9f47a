import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { KoffiFunc } from 'koffi'
import { EngineError, type ErrorCode } from '../../engine/index.ts'
import { koffi, libc } from './native.ts'

/**
 * ONNX Runtime's C API, straight from the library that onnxruntime-node ships. The API is an append-only table of function
 * pointers (onnxruntime_c_api.h, struct OrtApi), so an index below means the same function in every later version.
 */

const API_VERSION = 22
const RTLD_NOW = 2

const libraryNames: Readonly<Record<string, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
}

/**
 * koffi unloads a library when its handle is collected, and when the process ends: under the feet of the functions below, or of
 * the threads that sessions have. A second handle, which nobody gives back, prevents both.
 */
const keepLoaded = (file: string): void => {
  const loaded: unknown =
    process.platform === 'win32'
      ? koffi.load('kernel32.dll').func('LoadLibraryW', 'void *', ['str16'])(file)
      : libc.func('dlopen', 'void *', ['str', 'int'])(file, RTLD_NOW)
  if (loaded === null) throw new Error('it cannot be loaded twice')
}

const loadLibrary = () => {
  const { platform, arch } = process
  const require = createRequire(import.meta.url)
  const packageFile = require.resolve('onnxruntime-node/package.json')
  const file = join(dirname(packageFile), 'bin/napi-v6', platform, arch, libraryNames[platform] ?? 'libonnxruntime.so.1')
  try {
    const library = koffi.load(file)
    keepLoaded(file)
    return library
  } catch (cause) {
    throw new EngineError('internal', `cannot load ONNX Runtime for ${platform} ${arch} from ${file}: ${cause}`, { cause })
  }
}

const library = loadLibrary()

const getApiBase = library.func('OrtGetApiBase', 'void *', [])
const [getApiPointer] = koffi.decode(getApiBase(), koffi.array('void *', 1))
const getApi = koffi.decode(getApiPointer, koffi.proto('void *', ['uint32_t']))
const table: bigint[] = koffi.decode(getApi(API_VERSION), koffi.array('void *', 131))

/** A native object of ONNX Runtime's. */
export type Handle = bigint
/** Functions return a status, null when all is well. */
export type Status = Handle | null
type Strings = BigUint64Array
type Handles = BigUint64Array
type Out = BigUint64Array | BigInt64Array | Int32Array

const bind = <F extends (...values: never[]) => unknown>(index: number, result: string, parameters: string[]): KoffiFunc<F> =>
  koffi.decode(table[index], koffi.proto(result, parameters))

const pointer = 'void *'
const path = process.platform === 'win32' ? 'str16' : 'str'

/** The functions used, under the names of the C header. */
export const ort = {
  GetErrorCode: bind<(status: Handle) => number>(1, 'int', [pointer]),
  GetErrorMessage: bind<(status: Handle) => string>(2, 'str', [pointer]),
  CreateEnv: bind<(level: number, id: string, env: Out) => Status>(3, pointer, ['int', 'str', pointer]),
  CreateSession: bind<(env: Handle, file: string, options: Handle, session: Out) => Status>(7, pointer, [
    pointer,
    path,
    pointer,
    pointer,
  ]),
  Run: bind<
    (
      session: Handle,
      options: Handle,
      inputNames: Strings,
      inputs: Handles,
      inputCount: number,
      outputNames: Strings,
      outputCount: number,
      outputs: Handles,
    ) => Status
  >(9, pointer, [pointer, pointer, pointer, pointer, 'size_t', pointer, 'size_t', pointer]),
  CreateSessionOptions: bind<(options: Out) => Status>(10, pointer, [pointer]),
  DisableCpuMemArena: bind<(options: Handle) => Status>(19, pointer, [pointer]),
  SetSessionGraphOptimizationLevel: bind<(options: Handle, level: number) => Status>(23, pointer, [pointer, 'int']),
  SetIntraOpNumThreads: bind<(options: Handle, threads: number) => Status>(24, pointer, [pointer, 'int']),
  SessionGetInputCount: bind<(session: Handle, count: Out) => Status>(30, pointer, [pointer, pointer]),
  SessionGetOutputCount: bind<(session: Handle, count: Out) => Status>(31, pointer, [pointer, pointer]),
  SessionGetInputTypeInfo: bind<(session: Handle, index: number, info: Out) => Status>(33, pointer, [pointer, 'size_t', pointer]),
  SessionGetOutputTypeInfo: bind<(session: Handle, index: number, info: Out) => Status>(34, pointer, [
    pointer,
    'size_t',
    pointer,
  ]),
  SessionGetInputName: bind<(session: Handle, index: number, allocator: Handle, name: Out) => Status>(36, pointer, [
    pointer,
    'size_t',
    pointer,
    pointer,
  ]),
  SessionGetOutputName: bind<(session: Handle, index: number, allocator: Handle, name: Out) => Status>(37, pointer, [
    pointer,
    'size_t',
    pointer,
    pointer,
  ]),
  CreateRunOptions: bind<(options: Out) => Status>(39, pointer, [pointer]),
  RunOptionsSetRunLogSeverityLevel: bind<(options: Handle, level: number) => Status>(41, pointer, [pointer, 'int']),
  RunOptionsSetTerminate: bind<(options: Handle) => Status>(46, pointer, [pointer]),
  RunOptionsUnsetTerminate: bind<(options: Handle) => Status>(47, pointer, [pointer]),
  CreateTensorWithDataAsOrtValue: bind<
    (memory: Handle, data: Handle, bytes: number, shape: BigInt64Array, rank: number, type: number, value: Out) => Status
  >(49, pointer, [pointer, pointer, 'size_t', pointer, 'size_t', 'int', pointer]),
  GetTensorMutableData: bind<(value: Handle, data: Out) => Status>(51, pointer, [pointer, pointer]),
  CastTypeInfoToTensorInfo: bind<(info: Handle, tensor: Out) => Status>(55, pointer, [pointer, pointer]),
  GetTensorElementType: bind<(tensor: Handle, type: Out) => Status>(60, pointer, [pointer, pointer]),
  GetDimensionsCount: bind<(tensor: Handle, count: Out) => Status>(61, pointer, [pointer, pointer]),
  GetDimensions: bind<(tensor: Handle, shape: BigInt64Array, rank: number) => Status>(62, pointer, [pointer, pointer, 'size_t']),
  GetSymbolicDimensions: bind<(tensor: Handle, names: Strings, rank: number) => Status>(63, pointer, [
    pointer,
    pointer,
    'size_t',
  ]),
  GetTensorTypeAndShape: bind<(value: Handle, tensor: Out) => Status>(65, pointer, [pointer, pointer]),
  CreateCpuMemoryInfo: bind<(allocator: number, memory: number, info: Out) => Status>(69, pointer, ['int', 'int', pointer]),
  AllocatorFree: bind<(allocator: Handle, memory: Handle) => Status>(76, pointer, [pointer, pointer]),
  GetAllocatorWithDefaultOptions: bind<(allocator: Out) => Status>(78, pointer, [pointer]),
  ReleaseStatus: bind<(status: Handle) => void>(93, 'void', [pointer]),
  ReleaseSession: bind<(session: Handle) => void>(95, 'void', [pointer]),
  ReleaseValue: bind<(value: Handle) => void>(96, 'void', [pointer]),
  ReleaseRunOptions: bind<(options: Handle) => void>(97, 'void', [pointer]),
  ReleaseTypeInfo: bind<(info: Handle) => void>(98, 'void', [pointer]),
  ReleaseTensorTypeAndShapeInfo: bind<(tensor: Handle) => void>(99, 'void', [pointer]),
  ReleaseSessionOptions: bind<(options: Handle) => void>(100, 'void', [pointer]),
  AddSessionConfigEntry: bind<(options: Handle, key: string, value: string) => Status>(130, pointer, [pointer, 'str', 'str']),
} as const

/** enum OrtErrorCode. */
const errorNames = [
  'OK',
  'FAIL',
  'INVALID_ARGUMENT',
  'NO_SUCHFILE',
  'NO_MODEL',
  'ENGINE_ERROR',
  'RUNTIME_EXCEPTION',
  'INVALID_PROTOBUF',
  'MODEL_LOADED',
  'NOT_IMPLEMENTED',
  'INVALID_GRAPH',
  'EP_FAIL',
  'MODEL_LOAD_CANCELED',
  'MODEL_REQUIRES_COMPILATION',
  'NOT_FOUND',
]

/** Throws what a status says, in ONNX Runtime's words, as an error of the given code; `doing` begins the message. */
export const check = (status: Status, doing: string, code: ErrorCode = 'internal'): void => {
  if (status === null) return
  const name = errorNames[ort.GetErrorCode(status)] ?? 'unknown'
  const message = ort.GetErrorMessage(status).trim()
  ort.ReleaseStatus(status)
  throw new EngineError(code, `${doing}: ${message} (ONNX Runtime: ${name})`)
}

/** Calls a function that gives a handle through its last parameter. */
export const made = (call: (out: Handles) => Status, doing: string, code: ErrorCode = 'internal'): Handle => {
  const out = new BigUint64Array(1)
  check(call(out), doing, code)
  return out[0]!
}

/** A C string. */
export const text = (address: Handle): string => koffi.decode.string(address)

/** Where an array's elements lie; stays true as long as the array is referenced and not transferred. */
export const addressOf = (array: ArrayBufferView): bigint => koffi.address(array)

/** A copy of foreign memory. */
export const copyOf = (address: Handle, bytes: number): ArrayBuffer =>
  bytes === 0 ? new ArrayBuffer(0) : koffi.view(address, bytes).slice(0)

const LOG_WARNINGS = 2
const DEVICE_ALLOCATOR = 0
const DEFAULT_MEMORY = 0

/** The library's state: one for the process. */
export const environment = made((out) => ort.CreateEnv(LOG_WARNINGS, 'ovms-ts', out), 'starting ONNX Runtime')
/** Describes memory that the caller owns. */
export const callersMemory = made(
  (out) => ort.CreateCpuMemoryInfo(DEVICE_ALLOCATOR, DEFAULT_MEMORY, out),
  'starting ONNX Runtime',
)
/** What allocates the strings that ONNX Runtime hands out. */
export const allocator = made((out) => ort.GetAllocatorWithDefaultOptions(out), 'starting ONNX Runtime')
