/** What pages and the service worker say to each other about notifications. Either may be of another build: both are parsed. */

import * as v from 'valibot'
import { AccountId, integer } from '#protocol/primitives.ts'

/** A message came in a page that nobody looks at. `order`: which one of the conversation. */
export const Notify = v.object({
  type: v.literal('notify'),
  conversation: AccountId,
  order: integer(1),
  title: v.string(),
  body: v.string(),
})
export type Notify = v.InferOutput<typeof Notify>

/** It was read: here, or on another device. */
export const Unnotify = v.object({ type: v.literal('unnotify'), conversation: AccountId })
export type Unnotify = v.InferOutput<typeof Unnotify>

/** To a page: somebody chose a notification. */
export const OpenConversation = v.object({ type: v.literal('openConversation'), conversation: AccountId })
export type OpenConversation = v.InferOutput<typeof OpenConversation>

/** What a notification carries. */
export const NotificationData = v.object({ conversation: AccountId, order: integer(1) })
export type NotificationData = v.InferOutput<typeof NotificationData>

/** One notification for each conversation: a later one takes its place. */
export const tagOf = (conversation: string): string => `c:${conversation}`
