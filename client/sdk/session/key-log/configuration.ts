/** Which log the deployment keeps: pinned at first contact, and the same for ever. */

import { configuration } from '#protocol/http/accounts.ts'
import type { KeyLogConfiguration } from '#protocol/http/key-log.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import type { Alarms } from './alarms.ts'
import {
  KEY_LOG,
  type KeyLogState,
  type PinnedLogRecord,
  REMEMBERED_MOST,
  isSameLog,
  keyLogRecord,
  trustIn,
} from './records.ts'

export function readState(draft: Draft): Promise<KeyLogState | undefined> {
  return draft.get(keyLogRecord, KEY_LOG)
}

/**
 * Reads the deployment's configuration and compares it with what is pinned. The first log that is named is pinned, also
 * by a deployment that had none before.
 *
 * @throws RelayError, OfflineError, UnexpectedAnswerError
 * @returns `false` when the log that is named cannot be one
 */
export async function readConfiguration(core: Core, alarms: Alarms): Promise<boolean> {
  const { keyLog } = await core.http.call(configuration, undefined)
  return core.transact(async (draft) => {
    const readAt = core.now()
    const log = (await readState(draft))?.log
    if (log === undefined) return pin(draft, keyLog, readAt)
    if (keyLog === undefined || !isSameLog(log, keyLog)) {
      alarms.raise(draft, {
        failure: keyLog === undefined ? 'logGone' : 'logKeyChanged',
        pinned: log,
        ...(keyLog === undefined ? {} : { shown: keyLog }),
      })
    } else {
      // A mistake of its operator, for instance: what was pinned is there again.
      alarms.resolve(draft, ['logGone', 'logKeyChanged'])
    }
    draft.put(keyLogRecord, KEY_LOG, { readAt, log: withWitnesses(log, keyLog) })
    return true
  })
}

/** Witnesses that the relay names now are added. One that it names no more stays: that it has ceased to cosign is to be seen. */
function withWitnesses(log: PinnedLogRecord, named: KeyLogConfiguration | undefined): PinnedLogRecord {
  const witnesses = [...new Set([...(log.witnesses ?? []), ...(named?.witnesses ?? [])])]
  return witnesses.length === 0 ? log : { ...log, witnesses: witnesses.slice(-REMEMBERED_MOST) }
}

function pin(draft: Draft, keyLog: KeyLogConfiguration | undefined, readAt: number): boolean {
  if (keyLog !== undefined && trustIn(keyLog) === undefined) return false
  draft.put(keyLogRecord, KEY_LOG, { readAt, ...(keyLog === undefined ? {} : { log: { ...keyLog, since: readAt } }) })
  return true
}
