/** Every 16-bit float (IEEE 754 binary16) by its bits. */
const values = new Float32Array(65536)
for (let bits = 0; bits < 65536; bits++) {
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  const size =
    exponent === 31
      ? fraction === 0
        ? Infinity
        : NaN
      : exponent === 0
        ? fraction * 2 ** -24
        : (1024 + fraction) * 2 ** (exponent - 25)
  values[bits] = bits & 0x8000 ? -size : size
}

/** 16-bit floats as 32-bit ones, into an array of the same length. */
export function widen(halves: Uint16Array, into: Float32Array): Float32Array {
  for (let index = 0; index < halves.length; index++) into[index] = values[halves[index]!]!
  return into
}
