/** What a message is worth: a token, of which there are few, or being seen by the relay. */

import * as v from 'valibot'
import type { Json } from '../../store/store.ts'

const Kinded = v.looseObject({ kind: v.string() })

/** What people say, and what it takes to read it. The rest is said by programs, as often as others make them. */
const SAID: ReadonlySet<string> = new Set([
  'text',
  'media',
  'reaction',
  'edit',
  'delete',
  'pin',
  'timer',
  'profile',
  'retryRequest',
  'resent',
])

function kindOf(content: Json): string | undefined {
  return v.is(Kinded, content) ? content.kind : undefined
}

/** Whether content may cost a token on its way to a stranger. */
export function isSaid(content: Json): boolean {
  return SAID.has(kindOf(content) ?? '')
}

/** Whether content is better not sent than sent so that the relay sees who sends it: nobody misses a receipt. */
export function mayBeLeftOut(content: Json): boolean {
  return kindOf(content) === 'receipt'
}
