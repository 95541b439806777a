import { customType } from 'drizzle-orm/pg-core'

/** Octets. Sent as hex text, the one input form of `bytea` that every driver and proxy passes through unchanged. */
export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array | string }>({
  dataType: () => 'bytea',
  toDriver: (octets) => `\\x${Array.from(octets, (octet) => octet.toString(16).padStart(2, '0')).join('')}`,
  fromDriver: (stored) => {
    if (typeof stored !== 'string') return new Uint8Array(stored)
    return Uint8Array.from(stored.slice(2).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
  },
})

/** A moment: `timestamptz` in the database, milliseconds since the epoch in the program, as `Date.now()` gives them. */
export const instant = customType<{ data: number; driverData: string }>({
  dataType: () => 'timestamp with time zone',
  toDriver: (milliseconds) => new Date(milliseconds).toISOString(),
  fromDriver: (text) => new Date(text).getTime(),
})
