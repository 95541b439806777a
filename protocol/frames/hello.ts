import * as v from 'valibot'
import { KeyPackageStatus } from '../groups/key-packages.ts'
import { DeviceId, Incarnation, Seq, Timestamp, integer } from '../primitives.ts'

/** First frame of a socket: where the client stands. Acknowledges everything up to `lastSeq` when the incarnation is right. */
export const Hello = v.strictObject({
  type: v.literal('hello'),
  version: integer(1),
  /** Highest seq up to which the client has everything, durably. */
  lastSeq: Seq,
  /** The incarnation that `lastSeq` belongs to; absent on a device's first connection. */
  incarnation: v.optional(Incarnation),
})
export type Hello = v.InferOutput<typeof Hello>

/** Answer to hello. When the incarnation is another than the client's, seqs start anew and a `gap` frame follows. */
export const Welcome = v.object({
  type: v.literal('welcome'),
  incarnation: Incarnation,
  /** The relay's clock. */
  now: Timestamp,
  deviceListVersion: integer(1),
  prekeys: v.object({ signedPrekeyId: v.optional(integer(1)), oneTimeCount: integer(0), highestOneTimeId: integer(0) }),
  /** For each suite that the device uploaded packages of. */
  keyPackages: v.array(KeyPackageStatus),
  /** Of the account's delivery key; 0 when the relay has none. Relays from before sealed sender do not say. */
  deliveryKeyVersion: v.optional(integer(0)),
  /** Own devices that are not in use, and about since when: to within two weeks. Absent for none. */
  idleDevices: v.optional(v.array(v.object({ device: DeviceId, since: Timestamp }))),
})
export type Welcome = v.InferOutput<typeof Welcome>
