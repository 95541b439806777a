/**
 * What this device shows of new messages, and when. In a database of its own, which the service worker can read while no page is open
 * and the store is locked: it says nothing of anybody.
 */

import { openDB } from 'idb'
import * as v from 'valibot'
import { integer } from '#protocol/primitives.ts'

const NAME = 'silentrelay:notifications'
const STORE = 'settings'
const KEY = 'settings'
const MINUTES_OF_DAY = 24 * 60

export const NOTIFICATION_CONTENTS = ['message', 'sender', 'nothing'] as const
/** What a notification says, which whoever sees the screen can read, and the system keeps for a while. */
export type NotificationContent = (typeof NOTIFICATION_CONTENTS)[number]

/** Minutes after midnight, local time. `to` may lie before `from`: then the hours go on past midnight. */
const QuietHours = v.object({ from: integer(0, MINUTES_OF_DAY - 1), to: integer(0, MINUTES_OF_DAY - 1) })
export type QuietHours = v.InferOutput<typeof QuietHours>

const NotificationSettings = v.object({
  shown: v.boolean(),
  content: v.picklist(NOTIFICATION_CONTENTS),
  quiet: v.optional(QuietHours),
})
export type NotificationSettings = v.InferOutput<typeof NotificationSettings>

export const DEFAULT_NOTIFICATIONS: NotificationSettings = { shown: false, content: 'sender' }
export const DEFAULT_QUIET_HOURS: QuietHours = { from: 22 * 60, to: 7 * 60 }

const open = () =>
  openDB(NAME, 1, {
    upgrade: (database) => void database.createObjectStore(STORE),
    blocking: (_current, _wanted, event) => (event.target as IDBDatabase).close(),
  })

/** Where nothing is kept, or it is not understood, or storage is refused: the defaults. */
export async function readNotificationSettings(): Promise<NotificationSettings> {
  try {
    const database = await open()
    const kept: unknown = await database.get(STORE, KEY)
    database.close()
    const parsed = v.safeParse(NotificationSettings, kept)
    return parsed.success ? parsed.output : DEFAULT_NOTIFICATIONS
  } catch {
    return DEFAULT_NOTIFICATIONS
  }
}

/** Rejects where storage is refused. */
export async function keepNotificationSettings(settings: NotificationSettings): Promise<void> {
  const database = await open()
  await database.put(STORE, settings, KEY)
  database.close()
}

/** Whether nothing is shown at this moment. Equal ends are a whole day. */
export function isQuiet({ from, to }: QuietHours, at: Date): boolean {
  const minute = at.getHours() * 60 + at.getMinutes()
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}
