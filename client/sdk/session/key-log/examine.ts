/** Takes an answer of the log: verifies it, moves the pin with what it shows, and says what it means. One transaction. */

import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import type { SignedDeviceList } from '#protocol/device-list.ts'
import type { KeyLogAnswer } from '#protocol/http/key-log.ts'
import { type KeyLookup, proofOf } from '#protocol/merkle/lookup.ts'
import { isEvidence } from '#protocol/merkle/lookup-failures.ts'
import { isFailure } from '#protocol/merkle/verify-head.ts'
import { type LookupFinding, type VerifiedEpoch, verifyAccount, verifyEpoch } from '#protocol/merkle/verify-lookup.ts'
import { verifyDeviceList } from '../../crypto/device-list-signature.ts'
import type { Core } from '../core.ts'
import type { Draft } from '../draft.ts'
import { adoptDeviceList } from '../directory.ts'
import { DeviceListError } from '../errors.ts'
import { type Account, deviceListKey, deviceListRecord } from '../records.ts'
import type { Alarms } from './alarms.ts'
import { readState } from './configuration.ts'
import { type Finding, type Verdict, judgeContact, judgeOwn } from './judge.ts'
import {
  KEY_LOG,
  type Logged,
  type PinnedLogRecord,
  keyLogRecord,
  loggedKey,
  loggedRecord,
  nameOf,
  WITNESSES,
  trustIn,
  witnessesRecord,
} from './records.ts'
import { isWitnessed, withCosigned } from './cosigned.ts'

/**
 * An answer's map root is not older than this, by this device's clock. Relays make a new one within some ten minutes of a
 * lookup (SPEC, Q-8); a day leaves room for clocks that are wrong, and bounds for how long a log can be shown as it was.
 */
const FRESH_MS = 24 * 60 * 60_000

/** `again`: the log was pinned anew while it was asked. `none`: no list of the account is known. */
export type Examined = Verdict | { readonly verdict: 'again' } | { readonly verdict: 'none' }

/** What was asked. */
export interface Question {
  readonly accounts: readonly string[]
  /** Device lists that were said to be known. */
  readonly held: ReadonlyMap<string, SignedDeviceList>
  /** The size that the answer is consistent with. */
  readonly pinned: number
}

/** What the answer means for each account that was asked about, in their order. */
export async function examine(
  core: Core,
  alarms: Alarms,
  draft: Draft,
  { accounts, held, pinned: asked }: Question,
  { accounts: proofs, ...answer }: KeyLogAnswer,
): Promise<Examined[]> {
  const all = (examined: Examined) => accounts.map(() => examined)
  const state = await readState(draft)
  const trust = state?.log && trustIn(state.log)
  if (state?.log === undefined || trust === undefined || (state.log.head?.size ?? 0) !== asked) {
    return all({ verdict: 'again' })
  }
  const { log } = state
  const epoch = verifyEpoch(answer, trust, core.now() - FRESH_MS)
  if (isFailure(epoch)) {
    if (!isEvidence(epoch)) return all({ verdict: 'wait', reason: epoch })
    alarms.raise(draft, { failure: epoch, pinned: log, shown: answer })
    return all({ verdict: 'alarm', failure: epoch })
  }
  const { chosen } = (await draft.get(witnessesRecord, WITNESSES)) ?? { chosen: [] }
  const cosigned = withCosigned(log, chosen, answer, epoch.head)
  if (cosigned === 'forked') {
    alarms.raise(draft, { failure: 'checkpointForked', pinned: log, shown: answer })
    return all({ verdict: 'alarm', failure: 'checkpointForked' })
  }
  const now = core.now()
  const seen = { ...withHead(log, epoch, answer.checkpoint, now), ...(cosigned.length > 0 && { cosigned }) }
  draft.put(keyLogRecord, KEY_LOG, { ...state, log: seen })
  if (!isWitnessed(seen, chosen, now)) return all({ verdict: 'wait', reason: 'witnessesMissing' })
  const examined: Examined[] = []
  for (const [place, account] of accounts.entries()) {
    const proof = proofs[place]
    const logged = await draft.get(loggedRecord, loggedKey(account))
    if (logged === undefined) examined.push({ verdict: 'again' })
    else if (proof === undefined || 'failed' in proof) examined.push({ verdict: 'wait', reason: 'proofWithheld' })
    else {
      const shown = proofOf(answer, proof, held.get(account))
      examined.push(await examineOne({ core, alarms, draft, pinned: log, epoch }, account, logged, shown))
    }
  }
  return examined
}

interface Examination {
  readonly core: Core
  readonly alarms: Alarms
  readonly draft: Draft
  /** The log as it was pinned before. */
  readonly pinned: PinnedLogRecord
  readonly epoch: VerifiedEpoch
}

async function examineOne(
  examination: Examination,
  account: string,
  logged: Logged,
  answer: KeyLookup,
): Promise<Examined> {
  const { alarms, draft, pinned, epoch } = examination
  const { index, shown } = logged
  const seen = shown && { version: shown.version, digest: fromBase64url(shown.digest) }
  const found = verifyAccount(answer, epoch, { account, index: fromBase64url(index), seen })
  if (!isFailure(found)) return judge(examination, account, logged, found, answer)
  if (!isEvidence(found)) return { verdict: 'wait', reason: found }
  alarms.raise(draft, { failure: found, account, pinned, shown: answer, known: { account, ...logged } })
  return { verdict: 'alarm', failure: found }
}

function withHead(log: PinnedLogRecord, { head, mapRoot }: VerifiedEpoch, checkpoint: string, verifiedAt: number) {
  const { epoch, at } = mapRoot
  return { ...log, head: { size: head.size, root: toBase64url(head.root), checkpoint, epoch, at, verifiedAt } }
}

async function judge(
  { core, alarms, draft, pinned, epoch }: Examination,
  account: string,
  { index, shown, unloggedSince }: Logged,
  found: LookupFinding,
  answer: KeyLookup,
): Promise<Examined> {
  const own = core.requireAccount()
  const isOwn = account === own.account
  const now = core.now()
  const signed =
    (await draft.get(deviceListRecord, deviceListKey(account))) ?? (await adopted(draft, own, account, answer))
  const known = signed && nameOf(signed)
  const finding: Finding =
    found.kind === 'listed'
      ? {
          kind: 'listed',
          version: found.version,
          digest: toBase64url(found.digest),
          ownSigned: isOwn && isSignedBy(own.identity.publicKey, answer),
        }
      : { kind: found.kind }
  const verdict: Examined =
    known === undefined
      ? { verdict: 'none' }
      : isOwn
        ? judgeOwn(finding, known, unloggedSince, now)
        : judgeContact(finding, known)
  const isUnlogged = verdict.verdict === 'wait' && verdict.reason === 'listUnlogged'
  const next = finding.kind === 'listed' ? { version: finding.version, digest: finding.digest } : shown
  draft.put(loggedRecord, loggedKey(account), {
    index,
    ...(next === undefined ? {} : { shown: next }),
    size: epoch.head.size,
    checkedAt: now,
    ...(isOwn && isUnlogged ? { unloggedSince: unloggedSince ?? now } : {}),
  })
  if (verdict.verdict === 'alarm') {
    alarms.raise(draft, {
      failure: verdict.failure,
      account,
      pinned,
      shown: answer,
      ...(signed === undefined ? {} : { known: { account, list: signed } }),
      ...(isOwn && finding.kind === 'listed' ? { subject: finding.digest } : {}),
    })
  }
  return verdict
}

/** The list of an account of which none is known, as a member of a group: from the answer that proves it. */
async function adopted(draft: Draft, own: Account, account: string, { entry }: KeyLookup) {
  const list = entry?.opened?.list
  if (list === undefined || account === own.account) return undefined
  try {
    await adoptDeviceList(draft, own, account, list)
    return list
  } catch (error) {
    // Not signed by its identity key, or by another one than is pinned: nothing is known of it then.
    if (!(error instanceof DeviceListError)) throw error
    return undefined
  }
}

/** Whether the list that an answer opens is signed by this identity key. */
function isSignedBy(identityKey: string, { entry }: KeyLookup): boolean {
  const list = entry?.opened?.list
  if (list === undefined) return false
  return verifyDeviceList(fromBase64url(identityKey), fromBase64url(list.bytes), fromBase64url(list.signature))
}
