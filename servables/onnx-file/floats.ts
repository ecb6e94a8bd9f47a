import { EngineError } from '../../engine/index.ts'
import type { DataType } from './data-types.ts'

const halves = new Float32Array(65536)
for (let bits = 0; bits < 65536; bits++) {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023]
  const special = fraction === 0 ? Infinity : NaN
  const size = exponent === 0 ? fraction * 2 ** -24 : exponent === 31 ? special : (1024 + fraction) * 2 ** (exponent - 25)
  halves[bits] = bits & 0x8000 ? -size : size
}

/** The elements of floating-point data (little-endian, as in `raw_data`) as 32-bit floats; a copy unless they are that already. */
export function toFloats(type: DataType, bytes: Uint8Array): Float32Array {
  if (type === 'float32') return new Float32Array(...aligned(bytes, 4))
  if (type === 'float16') return Float32Array.from(new Uint16Array(...aligned(bytes, 2)), (bits) => halves[bits]!)
  if (type === 'bfloat16') {
    const wide = new Uint32Array(bytes.length / 2)
    new Uint16Array(...aligned(bytes, 2)).forEach((bits, index) => {
      wide[index] = bits << 16
    })
    return new Float32Array(wide.buffer)
  }
  throw new EngineError('internal', `${type} is not a floating-point type that is read here`)
}

/** The same bytes, copied where a typed array cannot lie over them. */
function aligned(bytes: Uint8Array, size: number): [ArrayBuffer, number, number] {
  const view = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes)
  return [view.buffer as ArrayBuffer, view.byteOffset, view.length / size]
}
