/** Of a number and what parts it from the next. */
const mostCharacters = 26
const [comma, minus, zero, point, opening, closing] = Buffer.from(',-0.[]')

let bytes = Buffer.allocUnsafe(1024 * mostCharacters)

/**
 * A vector as a JSON list of numbers that are the same float32s, those from 0.001 to 1 in nine digits at most: as float64, most would
 * have seventeen. Digits are made as integers, which is much faster than what JSON.stringify does to find the fewest.
 */
export function floatsToJson(vector: Float32Array): string {
  if (bytes.length < (vector.length + 1) * mostCharacters) bytes = Buffer.allocUnsafe((vector.length + 1) * mostCharacters)
  let end = 0
  for (let i = 0; i < vector.length; i++) {
    bytes[end] = i === 0 ? opening! : comma!
    end = write(vector[i]!, end + 1)
  }
  if (vector.length === 0) return '[]'
  bytes[end] = closing!
  return bytes.toString('latin1', 0, end + 1)
}

/** Writes a number at a place, and says where it ends. */
function write(value: number, start: number): number {
  const size = Math.abs(value)
  if (!(size >= 0.001 && size < 1)) return start + bytes.write(JSON.stringify(value), start, 'latin1')
  let at = start
  if (value < 0) bytes[at++] = minus!
  bytes[at++] = zero!
  bytes[at++] = point!
  let scale = 1e9
  for (let first = 0.1; size < first; first /= 10, scale *= 10) bytes[at++] = zero!
  return writeDigits(Math.round(size * scale), at)
}

/** Nine digits without the zeros at their end. */
function writeDigits(digits: number, start: number): number {
  let left = digits
  for (let at = start + 8; at >= start; at--) {
    const rest = Math.trunc(left / 10)
    bytes[at] = zero! + left - 10 * rest
    left = rest
  }
  let end = start + 9
  while (bytes[end - 1] === zero!) end--
  return end
}
