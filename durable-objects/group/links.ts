/** Ways into the group from outside: invite links, and offers to one device that lost its state. */

import type { DeviceAddress } from '#protocol/primitives.ts'
import type { Sql } from '../sql.ts'
import type { Blobs } from './blobs.ts'

interface LinkRow extends Record<string, string | number | null> {
  link: string
  for_account: string | null
  for_device: number | null
  expires_at: number | null
}

/** Links are few and rarely used: they are read when they are needed. */
export class Links {
  readonly #sql: Sql
  readonly #blobs: Blobs

  constructor(sql: Sql, blobs: Blobs) {
    this.#sql = sql
    this.#blobs = blobs
  }

  /** The invite links that are in force. */
  get invites(): string[] {
    return this.#sql.exec<{ link: string }>('SELECT link FROM links WHERE for_account IS NULL').map(({ link }) => link)
  }

  /** Puts invite links in force, with their boxes of the present epoch, and no other. Offers are of a former epoch now. */
  replace(boxes: readonly { readonly link: string; readonly box: string }[]): void {
    for (const { link } of this.#sql.exec<{ link: string }>('SELECT link FROM links')) this.#delete(link)
    for (const { link, box } of boxes) {
      this.#sql.exec('INSERT INTO links (link) VALUES (?)', link)
      this.#blobs.put(blobOf(link), box)
    }
  }

  offer(link: string, { account, device }: DeviceAddress, box: string, expiresAt: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO links (link, for_account, for_device, expires_at) VALUES (?, ?, ?, ?)',
      link,
      account,
      device,
      expiresAt,
    )
    this.#blobs.put(blobOf(link), box)
  }

  /** What a link is to a device: an invitation, an offer to that device, or nothing. */
  kindFor(link: string, { account, device }: DeviceAddress, now: number): 'invite' | 'offer' | undefined {
    const [row] = this.#sql.exec<LinkRow>('SELECT * FROM links WHERE link = ?', link)
    if (row === undefined) return undefined
    if (row.for_account === null) return 'invite'
    const isMeant = row.for_account === account && row.for_device === device && now < (row.expires_at ?? 0)
    return isMeant ? 'offer' : undefined
  }

  box(link: string): string | undefined {
    return this.#blobs.get(blobOf(link))
  }

  /** When the first offer ends. */
  get nextExpiry(): number | undefined {
    return this.#sql.exec<{ at: number | null }>('SELECT min(expires_at) AS at FROM links')[0]?.at ?? undefined
  }

  expire(now: number): void {
    for (const { link } of this.#sql.exec<{ link: string }>('SELECT link FROM links WHERE expires_at <= ?', now)) {
      this.#delete(link)
    }
  }

  #delete(link: string): void {
    this.#sql.exec('DELETE FROM links WHERE link = ?', link)
    this.#blobs.delete(blobOf(link))
  }
}

const blobOf = (link: string): string => `link ${link}`
