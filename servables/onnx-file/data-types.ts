/** TensorProto.DataType: the number of each, and the bits that an element takes in `raw_data`. Strings have no raw form. */
export const dataTypes = {
  float32: { code: 1, bits: 32 },
  uint8: { code: 2, bits: 8 },
  int8: { code: 3, bits: 8 },
  uint16: { code: 4, bits: 16 },
  int16: { code: 5, bits: 16 },
  int32: { code: 6, bits: 32 },
  int64: { code: 7, bits: 64 },
  bool: { code: 9, bits: 8 },
  float16: { code: 10, bits: 16 },
  float64: { code: 11, bits: 64 },
  uint32: { code: 12, bits: 32 },
  uint64: { code: 13, bits: 64 },
  complex64: { code: 14, bits: 64 },
  complex128: { code: 15, bits: 128 },
  bfloat16: { code: 16, bits: 16 },
  float8e4m3fn: { code: 17, bits: 8 },
  float8e4m3fnuz: { code: 18, bits: 8 },
  float8e5m2: { code: 19, bits: 8 },
  float8e5m2fnuz: { code: 20, bits: 8 },
  uint4: { code: 21, bits: 4 },
  int4: { code: 22, bits: 4 },
  float4e2m1: { code: 23, bits: 4 },
  float8e8m0: { code: 24, bits: 8 },
  uint2: { code: 25, bits: 2 },
  int2: { code: 26, bits: 2 },
  float6e2m3: { code: 27, bits: 6 },
  float6e3m2: { code: 28, bits: 6 },
} as const

export type DataType = keyof typeof dataTypes

const byCode = new Map((Object.keys(dataTypes) as DataType[]).map((type) => [dataTypes[type].code as number, type]))

/** The type with this number; undefined for strings and for what later versions of ONNX add. */
export const dataTypeOf = (code: number): DataType | undefined => byCode.get(code)

/** The bytes of so many elements; several share a byte where they are smaller than one. */
export const bytesOf = (type: DataType, count: number): number => Math.ceil((count * dataTypes[type].bits) / 8)
