/**
 * As much of Protocol Buffers as two message types need, read strictly: known fields only, each at most once, numbers
 * that fit in 32 bits in their shortest form. A lenient parser beside another lenient parser is where two readers of one message disagree.
 */

import { concatBytes } from '#protocol/bytes.ts'
import { MalformedMessageError } from './errors.ts'

/** A message's fields by number: varints as numbers, length-delimited ones as octets. */
export type Fields = ReadonlyMap<number, number | Uint8Array<ArrayBuffer>>

/** Which fields a message may have, by number. */
export type Shape = Readonly<Record<number, 'uint32' | 'bytes'>>

const VARINT = 0
const LENGTH_DELIMITED = 2

/** Reads a varint at `at`; answers the value and the index after it. */
function readVarint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0
  for (let index = 0; index < 5; index += 1) {
    const octet = bytes[at + index]
    if (octet === undefined) throw new MalformedMessageError('cut off')
    value += (octet & 0x7f) * 2 ** (7 * index)
    if (octet < 0x80) {
      if (octet === 0 && index > 0) throw new MalformedMessageError('a number is not in its shortest form')
      if (value > 0xff_ff_ff_ff) throw new MalformedMessageError('a number exceeds 32 bits')
      return [value, at + index + 1]
    }
  }
  throw new MalformedMessageError('a number exceeds 32 bits')
}

/** Reads a message. Attacker-controlled: throws {@link MalformedMessageError} and nothing else. Octets are copied. */
export function readFields(bytes: Uint8Array, shape: Shape): Fields {
  const fields = new Map<number, number | Uint8Array<ArrayBuffer>>()
  let at = 0
  while (at < bytes.length) {
    const [tag, afterTag] = readVarint(bytes, at)
    const number = tag >>> 3
    const kind = shape[number]
    if (kind === undefined || fields.has(number)) throw new MalformedMessageError('an unknown or repeated field')
    if ((tag & 7) !== (kind === 'uint32' ? VARINT : LENGTH_DELIMITED)) throw new MalformedMessageError('a wrong type')
    const [value, afterValue] = readVarint(bytes, afterTag)
    if (kind === 'uint32') {
      fields.set(number, value)
      at = afterValue
    } else {
      at = afterValue + value
      if (at > bytes.length) throw new MalformedMessageError('cut off')
      fields.set(number, bytes.slice(afterValue, at))
    }
  }
  return fields
}

function writeVarint(value: number): Uint8Array {
  const octets: number[] = []
  let rest = value
  while (rest >= 0x80) {
    octets.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  octets.push(rest)
  return Uint8Array.from(octets)
}

/** Writes fields in the order given; absent ones are left out. */
export function writeFields(
  fields: readonly (readonly [number: number, value: number | Uint8Array | undefined])[],
): Uint8Array<ArrayBuffer> {
  return concatBytes(
    ...fields.flatMap(([number, value]) => {
      if (value === undefined) return []
      if (typeof value === 'number') return [writeVarint(number * 8 + VARINT), writeVarint(value)]
      return [writeVarint(number * 8 + LENGTH_DELIMITED), writeVarint(value.length), value]
    }),
  )
}
