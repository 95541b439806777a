import * as v from 'valibot'
import { Text } from '#protocol/content/content.ts'
import { ContentInvalidError } from '../errors.ts'

/**
 * A text with the timer of its conversation, which it says itself from now on: all who have it agree, whatever the
 * conversation's becomes meanwhile.
 *
 * @throws ContentInvalidError when it is too long with it
 */
export function withTimer(text: Text, timer: number | undefined): Text {
  if (timer === undefined) return text
  const timed = v.safeParse(Text, { ...text, timer })
  if (!timed.success) throw new ContentInvalidError(timed.issues[0].message)
  return timed.output
}
