/**
 * Prekeys of the account's devices. A one-time prekey leaves storage in the transaction that hands it out, and its id is
 * never taken again: it is handed out once, ever.
 */

import { fromBase64url } from '#protocol/bytes.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import { RELAY_LIMITS } from '#protocol/relay-limits.ts'
import type { OneTimePrekey, PrekeyStatus, PrekeyUpload, SignedPrekey } from '#protocol/prekeys.ts'
import { verifyXeddsa } from '#protocol/xeddsa.ts'
import type { Sql } from '../sql.ts'
import { weekOf } from './week.ts'

interface DeviceRow extends Record<string, string | number | null> {
  signed_prekey_id: number | null
  signed_prekey_key: string | null
  signed_prekey_signature: string | null
  highest_prekey_id: number
}

/** Whether an upload's signed prekey, if it has one, verifies under the identity key. */
export function isSignedBy(identityKey: string, upload: PrekeyUpload): boolean {
  const signed = upload.signedPrekey
  return (
    signed === undefined ||
    verifyXeddsa(fromBase64url(identityKey), fromBase64url(signed.publicKey), fromBase64url(signed.signature))
  )
}

export class Prekeys {
  readonly #sql: Sql

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /**
   * Takes over what is new of a verified upload. Idempotent: keys that are here already, and ids that were handed out, are
   * left alone. Another key under an id that is here changes nothing at all.
   */
  upload(device: number, upload: PrekeyUpload, now: number): ErrorCode | undefined {
    const row = this.#row(device)
    if (!row) return 'unknownDevice'
    const present = new Map(this.#oneTime(device).map(({ id, publicKey }) => [id, publicKey]))
    const fresh = upload.oneTimePrekeys
      .filter(({ id }) => id > row.highest_prekey_id)
      .toSorted((left, right) => left.id - right.id)
    if (upload.oneTimePrekeys.some(({ id, publicKey }) => (present.get(id) ?? publicKey) !== publicKey))
      return 'prekeyConflict'
    if (present.size + fresh.length > RELAY_LIMITS.oneTimePrekeysStored) return 'prekeyInvalid'
    const conflict = this.#putSigned(device, row, upload.signedPrekey, now)
    if (conflict) return conflict
    for (const { id, publicKey } of fresh) {
      this.#sql.exec('INSERT INTO one_time_prekeys (device, id, public_key) VALUES (?, ?, ?)', device, id, publicKey)
    }
    const highest = fresh.at(-1)?.id
    if (highest !== undefined) this.#sql.exec('UPDATE devices SET highest_prekey_id = ? WHERE id = ?', highest, device)
    return undefined
  }

  status(device: number): PrekeyStatus {
    const row = this.#row(device)
    const signedPrekeyId = row?.signed_prekey_id ?? undefined
    return {
      ...(signedPrekeyId !== undefined && { signedPrekeyId }),
      oneTimeCount: this.#oneTimeCount(device),
      highestOneTimeId: row?.highest_prekey_id ?? 0,
    }
  }

  /** The signed prekey and, if `withOneTime`, the oldest one-time prekey, which is deleted. `undefined` without a signed one. */
  handOut(
    device: number,
    withOneTime: boolean,
  ): { signedPrekey: SignedPrekey; oneTimePrekey?: OneTimePrekey; oneTimeCount: number } | undefined {
    const row = this.#row(device)
    if (
      !row ||
      row.signed_prekey_id === null ||
      row.signed_prekey_key === null ||
      row.signed_prekey_signature === null
    ) {
      return undefined
    }
    const taken = withOneTime
      ? this.#sql.exec<{ id: number; public_key: string }>(
          `DELETE FROM one_time_prekeys WHERE device = ?1 AND id =
             (SELECT min(id) FROM one_time_prekeys WHERE device = ?1) RETURNING id, public_key`,
          device,
        )[0]
      : undefined
    return {
      signedPrekey: {
        id: row.signed_prekey_id,
        publicKey: row.signed_prekey_key,
        signature: row.signed_prekey_signature,
      },
      ...(taken && { oneTimePrekey: { id: taken.id, publicKey: taken.public_key } }),
      oneTimeCount: this.#oneTimeCount(device),
    }
  }

  /** Forgets a device's prekeys: it was removed or set up anew. Ids that were used stay used. */
  clear(device: number): void {
    this.#sql.exec('DELETE FROM one_time_prekeys WHERE device = ?', device)
    this.#sql.exec(
      'UPDATE devices SET signed_prekey_id = NULL, signed_prekey_key = NULL, signed_prekey_signature = NULL WHERE id = ?',
      device,
    )
  }

  #putSigned(device: number, row: DeviceRow, signed: SignedPrekey | undefined, now: number): ErrorCode | undefined {
    // A lower id is a retry that was overtaken by a rotation.
    if (!signed || signed.id < (row.signed_prekey_id ?? 0)) return undefined
    if (signed.id === row.signed_prekey_id) {
      return signed.publicKey === row.signed_prekey_key ? undefined : 'prekeyConflict'
    }
    this.#sql.exec(
      'UPDATE devices SET signed_prekey_id = ?, signed_prekey_key = ?, signed_prekey_signature = ?, renewed_week = ? WHERE id = ?',
      signed.id,
      signed.publicKey,
      signed.signature,
      weekOf(now),
      device,
    )
    return undefined
  }

  #row(device: number): DeviceRow | undefined {
    return this.#sql.exec<DeviceRow>(
      'SELECT signed_prekey_id, signed_prekey_key, signed_prekey_signature, highest_prekey_id FROM devices WHERE id = ?',
      device,
    )[0]
  }

  #oneTime(device: number): OneTimePrekey[] {
    return this.#sql
      .exec<{ id: number; public_key: string }>('SELECT id, public_key FROM one_time_prekeys WHERE device = ?', device)
      .map(({ id, public_key: publicKey }) => ({ id, publicKey }))
  }

  #oneTimeCount(device: number): number {
    return (
      this.#sql.exec<{ count: number }>('SELECT count(*) AS count FROM one_time_prekeys WHERE device = ?', device)[0]
        ?.count ?? 0
    )
  }
}
