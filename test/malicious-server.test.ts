/**
 * A malicious server: every lie that it can tell about keys, its log and its web client, and under which name who finds out. The client is the SDK's
 * engine, on a relay that is told to lie; the auditor is what `npm run log:audit` runs; the web client is looked at by its service worker and by
 * `npm run client:verify`. What each finding does then, and what ends it, is tested where it is made: client/sdk/session/key-log, protocol/merkle.
 */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fromBase64url, toBase64url } from '#protocol/bytes.ts'
import { CLIENT_MANIFEST_PATH } from '#protocol/client-manifest.ts'
import { openLog } from '#durable-objects/key-log/testing/logs.ts'
import { type AuditState, auditLog } from '#protocol/merkle/audit/audit.ts'
import { AuditFailure } from '#protocol/merkle/audit/failures.ts'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { noteSigner } from '#protocol/merkle/notes/sign.ts'
import { AUDITED, PublishedTestLog } from '#protocol/merkle/testing/published.ts'
import { INDEX_KEY } from '#protocol/merkle/testing/server.ts'
import type { Engine } from '#sdk/session/engine.ts'
import { FakeKeyLog } from '#sdk/session/testing/fake-key-log.ts'
import { collect, idOf, texts, until } from '#sdk/session/testing/harness.ts'
import { KeyLogScene, forgedList } from '#sdk/session/testing/key-log-scene.ts'
import { ClientRefusedError, readProvenManifest } from '#web/sw/trust.ts'
import { WrongClientError, verifyClient } from '#scripts/lib/verify-client.ts'
import { ServedClient, memoryCaches } from './support/served-client.ts'

const HOUR = 60 * 60_000

/** What is found: by its name, or that nothing is. */
type Finding = string

interface Lie<Stage> {
  readonly lie: string
  readonly name: Finding
  /** Tells the lie. Answers what was found, by who looks. */
  readonly tell: (stage: Stage) => Promise<Finding>
}

const BELIEVED = 'believed'

/** For titles, which cut what is longer than a word. */
const rows = <Stage>(lies: readonly Lie<Stage>[]) => lies.map(({ lie, name, tell }) => [lie, name, tell] as const)

describe('told to a client', () => {
  let stage: KeyLogScene
  beforeEach(() => {
    stage = new KeyLogScene()
  })
  afterEach(() => stage.close())

  /** What a client tells its user first, from now on. */
  async function told(engine: Engine, until_?: () => boolean | Promise<boolean>): Promise<Finding> {
    const alarms = collect(engine, 'keyLogAlarm')
    const waits = collect(engine, 'keyLogWaiting')
    const reason = () => alarms[0]?.failure ?? waits.find((wait) => wait.reason !== undefined)?.reason
    await until(async () => reason() !== undefined || (await until_?.()) === true)
    return reason() ?? BELIEVED
  }

  /** What a client tells when it writes to somebody. What it wrote is not to arrive, unless all is believed. */
  async function writing(from: Engine, to: Engine): Promise<Finding> {
    const arrived = async () => (await texts(to, from.account)).includes('for you')
    const finding = told(from, arrived)
    await from.sendText(idOf(to), 'for you')
    const found = await finding
    await from.idle()
    expect(await arrived()).toBe(found === BELIEVED)
    return found
  }

  const people = async (): Promise<[Engine, Engine]> => [
    await stage.harness.person('ada'),
    await stage.harness.person('bob'),
  ]

  /** Two people, of whom the first has pinned the log as it is with both in it, and never asked for the other. */
  async function pinned(): Promise<[Engine, Engine]> {
    const [ada, bob] = await people()
    await stage.reconnect(ada, true)
    await stage.pinnedAt(ada, 4)
    return [ada, bob]
  }

  const LIES: Lie<KeyLogScene>[] = [
    { lie: 'nothing', name: BELIEVED, tell: async () => writing(...(await people())) },
    { lie: 'nothing, to who was there before', name: BELIEVED, tell: async () => writing(...(await pinned())) },

    {
      lie: 'swaps a key at first contact',
      name: 'listForged',
      tell: async (scene) => {
        const [ada, bob] = await people()
        await scene.swapKey(bob)
        return writing(ada, bob)
      },
    },
    {
      lie: 'swaps a key at first contact, and logs that: told to the key’s owner',
      name: 'ownListForged',
      tell: async (scene) => {
        const [ada] = await people()
        scene.log.record((await forgedList(scene.listOf(ada), { version: 2 })).signed)
        const finding = told(ada)
        await scene.reconnect(ada)
        return finding
      },
    },
    {
      lie: 'hides a device',
      name: 'listOutdated',
      tell: async (scene) => {
        const [ada, bob] = await people()
        const former = scene.keepList(bob)
        await scene.harness.linked('bob2', bob)
        former.begin()
        return writing(ada, bob)
      },
    },
    {
      lie: 'shows a removed device still',
      name: 'listOutdated',
      tell: async (scene) => {
        const [ada, bob] = await people()
        await scene.harness.linked('bob2', bob)
        const former = scene.keepList(bob)
        await bob.revokeDevice(2)
        former.begin()
        return writing(ada, bob)
      },
    },
    {
      lie: 'shows a list that it never logs',
      name: 'listUnlogged',
      tell: async (scene) => {
        const ada = await scene.harness.person('ada')
        await scene.pinnedAt(ada, 2)
        scene.harness.relay.keyLog = undefined
        const bob = await scene.harness.person('bob')
        scene.harness.relay.keyLog = scene.log
        return writing(ada, bob)
      },
    },

    {
      lie: 'shows two users different logs',
      name: 'checkpointForked',
      tell: async (scene) => {
        const [ada, bob] = await scene.shownTwoLogs((a, b) => [b, b, a])
        const finding = told(bob)
        await ada.sendText(idOf(bob), 'hello')
        return finding
      },
    },
    {
      lie: 'shows two users different logs of the same size',
      name: 'checkpointForked',
      tell: async (scene) => {
        const [ada, bob] = await scene.shownTwoLogs((_, b) => [b])
        const finding = told(bob)
        await ada.sendText(idOf(bob), 'hello')
        return finding
      },
    },
    {
      lie: 'signs two heads of one size',
      name: 'checkpointForked',
      tell: async (scene) => {
        const [ada, bob] = await pinned()
        const other = new FakeKeyLog()
        other.record(scene.listOf(bob), scene.listOf(ada))
        scene.harness.relay.faults.keyLogFor = () => other
        return writing(ada, bob)
      },
    },
    {
      lie: 'goes on with another history',
      name: 'checkpointForked',
      tell: async (scene) => {
        const [ada, bob] = await people()
        scene.log.record(scene.listOf(bob))
        await scene.reconnect(ada, true)
        await scene.pinnedAt(ada, 6)
        const other = new FakeKeyLog()
        other.record(scene.listOf(bob), scene.listOf(ada), scene.listOf(ada), scene.listOf(bob))
        scene.harness.relay.faults.keyLogFor = () => other
        return writing(ada, bob)
      },
    },

    {
      lie: 'rolls back to a former checkpoint',
      name: 'checkpointRolledBack',
      tell: async (scene) => {
        const [ada, bob] = await pinned()
        const former = scene.log.before(1)
        scene.harness.relay.faults.keyLogFor = () => former
        return writing(ada, bob)
      },
    },
    {
      lie: 'rolls back to the map of a former epoch, under the checkpoint of now',
      name: 'inclusionInvalid',
      tell: async (scene) => {
        const [ada, bob] = await pinned()
        const former = scene.log.before(1)
        scene.log.answers = (honest, request) => {
          const { mapRoot, map } = former.answer(request) ?? honest
          return { ...honest, mapRoot, map }
        }
        return writing(ada, bob)
      },
    },
    {
      lie: 'leaves the log as it was for more than a day',
      name: 'mapRootStale',
      tell: async (scene) => {
        const [ada, bob] = await pinned()
        scene.clock.advance(25 * HOUR)
        return writing(ada, bob)
      },
    },
    {
      lie: 'logs a list anew that was true once, after the one that followed it',
      name: 'versionRolledBack',
      tell: async (scene) => {
        const [ada, bob] = await scene.acquainted()
        const former = scene.listOf(bob)
        await scene.harness.linked('bob2', bob)
        await ada.sendText(idOf(bob), 'to both')
        await until(async () => (await ada.keyLog.status(idOf(bob))).version === 2)
        scene.log.record(former)
        // A list that was shown is looked up again, beside what is sent.
        scene.clock.advance(HOUR)
        const finding = told(ada)
        await ada.sendText(idOf(bob), 'again')
        return finding
      },
    },
    {
      lie: 'rolls back to a list that was true once, for who has seen the one that followed it',
      name: 'listOutdated',
      tell: async (scene) => {
        const [ada, bob] = await scene.acquainted()
        const former = scene.keepList(bob)
        await scene.harness.linked('bob2', bob)
        await ada.sendText(idOf(bob), 'to both')
        await until(async () => (await texts(bob, ada.account)).includes('to both'))
        former.begin()
        // It is refused again and again: with pauses.
        scene.random = 0.5
        return writing(ada, bob)
      },
    },

    {
      lie: 'withholds proofs',
      name: 'proofWithheld',
      tell: async (scene) => {
        scene.log.answers = () => undefined
        return writing(...(await people()))
      },
    },
    {
      lie: 'withholds the proof of an index',
      name: 'proofWithheld',
      tell: async (scene) => {
        scene.log.indexes = () => undefined
        return writing(...(await people()))
      },
    },
    {
      lie: 'withholds an account’s entry',
      name: 'entryMissing',
      tell: async (scene) => {
        const [ada, bob] = await people()
        scene.log.answers = ({ entry: _withheld, ...honest }) => honest
        return writing(ada, bob)
      },
    },
    {
      lie: 'withholds the opening of an entry',
      name: 'openingMissing',
      tell: async (scene) => {
        const [ada, bob] = await people()
        scene.log.answers = ({ entry, ...honest }) => {
          const { opened: _withheld, ...bare } = entry ?? { position: 0, leaf: '', inclusion: '' }
          return { ...honest, entry: bare }
        }
        return writing(ada, bob)
      },
    },
    {
      lie: 'withholds how the log grew',
      name: 'consistencyInvalid',
      tell: async (scene) => {
        const [ada, bob] = await pinned()
        scene.log.record(scene.listOf(bob))
        scene.log.answers = (honest) => ({ ...honest, consistency: '' })
        return writing(ada, bob)
      },
    },
    {
      lie: 'withholds the public log from who was told a head of it',
      name: 'headUnproven',
      tell: async (scene) => {
        const [ada, bob] = await people()
        await bob.sendText(idOf(ada), 'zero')
        await until(async () => (await texts(ada, bob.account)).includes('zero'))
        scene.log.isUnpublished = true
        const eve = await scene.harness.person('eve')
        const finding = told(bob)
        await eve.sendText(idOf(bob), 'one')
        await until(async () => (await texts(bob, eve.account)).includes('one'))
        const small = new FakeKeyLog()
        small.record(scene.listOf(ada))
        scene.harness.relay.faults.publicLogFor = () => small
        const passing = setInterval(() => scene.clock.advance(HOUR), 5)
        return finding.finally(() => clearInterval(passing))
      },
    },

    {
      lie: 'shows a checkpoint that the log’s key did not sign',
      name: 'checkpointUnsigned',
      tell: async (scene) => {
        const [ada, bob] = await people()
        const forged = (checkpoint: string) => checkpoint.replace(/(\n— \S+ )./, '$1A')
        scene.log.answers = (honest) => ({ ...honest, checkpoint: forged(honest.checkpoint) })
        return writing(ada, bob)
      },
    },
    {
      lie: 'computes indexes under another key',
      name: 'indexUnproven',
      tell: async (scene) => {
        const [ada, bob] = await people()
        scene.log.indexes = (elements) => ({ evaluated: [...elements], proof: toBase64url(new Uint8Array(64)) })
        return writing(ada, bob)
      },
    },
    {
      lie: 'names another index key in the log',
      name: 'indexKeyChanged',
      tell: async (scene) => {
        const [ada, bob] = await people()
        scene.log.mapRoot = { indexKey: INDEX_KEY.publicKey.toReversed() }
        scene.log.record(scene.listOf(bob))
        return writing(ada, bob)
      },
    },
    {
      lie: 'has no log any more',
      name: 'logGone',
      tell: async (scene) => {
        const [ada] = await people()
        const finding = told(ada)
        scene.harness.relay.keyLog = undefined
        await scene.reconnect(ada)
        return finding
      },
    },
    {
      lie: 'names another log',
      name: 'logKeyChanged',
      tell: async (scene) => {
        const [ada] = await people()
        const { configuration } = scene.log
        if (configuration === undefined) throw new Error('no log')
        const indexKey = toBase64url(fromBase64url(configuration.indexKey).toReversed())
        scene.log.configuration = { ...configuration, indexKey }
        const finding = told(ada)
        await scene.reconnect(ada)
        return finding
      },
    },
  ]

  it.each(rows(LIES))('%s: %s', async (_lie, name, tell) => {
    expect(await tell(stage)).toBe(name)
  })
})

describe('told to an auditor', () => {
  /** The same log as often as it is asked for. */
  const begun = () => new PublishedTestLog().put(1, 1).put(2, 4).publish().put(1, 2).publish()
  const root = new Uint8Array(32).fill(7)

  /** What an audit finds, of who kept what it found before. */
  async function audit(log: Pick<PublishedTestLog, 'read'>, before?: AuditState): Promise<Finding> {
    try {
      await auditLog(AUDITED, log.read, before)
      return BELIEVED
    } catch (error) {
      if (error instanceof AuditFailure) return error.failure
      throw error
    }
  }
  const audited = async () => (await auditLog(AUDITED, begun().read)).state
  const without = (...paths: string[]) => {
    const log = begun()
    for (const path of paths) log.files.delete(path)
    return log
  }

  const LIES: Lie<void>[] = [
    { lie: 'nothing', name: BELIEVED, tell: () => audit(begun()) },
    {
      lie: 'nothing, to who looked before',
      name: BELIEVED,
      tell: async () => audit(begun().put(3, 1).publish(), await audited()),
    },
    {
      lie: 'swaps a key, by a second list of one version',
      name: 'versionSkipped',
      tell: () => audit(begun().put(1, 2).publish()),
    },
    {
      lie: 'hides a device list from the map',
      name: 'entriesMismatch',
      tell: () => audit(begun().publish({ entries: 1 })),
    },
    { lie: 'shows a map that no leaf made', name: 'mapRootMismatch', tell: () => audit(begun().publish({ root })) },
    {
      lie: 'shows two auditors different logs',
      name: 'leafChanged',
      tell: async () =>
        audit(
          new PublishedTestLog().put(8, 1).put(9, 1).publish().put(9, 2).publish().put(9, 3).publish(),
          await audited(),
        ),
    },
    {
      lie: 'rolls back to a former checkpoint',
      name: 'checkpointRolledBack',
      tell: async () => audit(new PublishedTestLog().put(1, 1).put(2, 4).publish(), await audited()),
    },
    { lie: 'rolls back to a former epoch', name: 'epochSkipped', tell: () => audit(begun().publish({ epoch: 2 })) },
    { lie: 'rolls back the time', name: 'timeWentBack', tell: () => audit(begun().publish({ at: 999 })) },
    {
      lie: 'logs a list anew that was true once',
      name: 'versionSkipped',
      tell: () => audit(begun().put(1, 1).publish()),
    },
    {
      lie: 'goes on with an account that ended',
      name: 'accountContinued',
      tell: () => audit(begun().put(1, 3, true).put(1, 4).publish()),
    },
    {
      lie: 'signs two heads of one size',
      name: 'checkpointForked',
      tell: async () =>
        audit(new PublishedTestLog().put(1, 1).put(2, 4).publish().put(2, 5).publish(), await audited()),
    },
    { lie: 'withholds its checkpoint', name: 'checkpointMissing', tell: () => audit(without('checkpoint')) },
    { lie: 'withholds leaves', name: 'bundleMissing', tell: () => audit(without('tile/entries/000.p/5')) },
    { lie: 'withholds tiles', name: 'tileMissing', tell: () => audit(without('tile/0/000.p/5')) },
    { lie: 'names another index key', name: 'indexKeyChanged', tell: () => audit(begun().publish({ indexKey: root })) },
    { lie: 'ends without a map root', name: 'mapRootNotLast', tell: () => audit(begun().put(5, 1).sign()) },
  ]

  it.each(rows(LIES))('%s: %s', async (_lie, name, tell) => {
    expect(await tell()).toBe(name)
  })
})

describe('told to a browser', () => {
  let stage: ServedClient
  beforeEach(() => {
    stage = new ServedClient()
    stage.serve('console.log("a messenger")')
    stage.record()
    vi.stubGlobal('fetch', stage.fetch)
    vi.stubGlobal('caches', memoryCaches())
  })

  /** What the service worker finds in the build that is served now. */
  async function serviceWorker(): Promise<Finding> {
    try {
      await readProvenManifest()
      return BELIEVED
    } catch (error) {
      if (error instanceof ClientRefusedError) return error.refusal.failure
      throw error
    }
  }
  /** What `npm run client:verify` finds. */
  async function command(): Promise<Finding> {
    try {
      await verifyClient(stage.url)
      return BELIEVED
    } catch (error) {
      if (error instanceof WrongClientError) return error.troubles.map(({ name }) => name).join()
      throw error
    }
  }
  /** The service worker was there before, when the deployment was honest. */
  async function afterFirstVisit(change: () => void): Promise<Finding> {
    expect(await serviceWorker()).toBe(BELIEVED)
    change()
    return serviceWorker()
  }
  const changed = 'console.log("a messenger that tells others")'

  const LIES: Lie<ServedClient>[] = [
    { lie: 'nothing', name: BELIEVED, tell: () => serviceWorker() },
    { lie: 'nothing, to who looks by hand', name: BELIEVED, tell: () => command() },
    {
      lie: 'nothing but a new build',
      name: BELIEVED,
      tell: (served) =>
        afterFirstVisit(() => {
          served.serve('console.log("a better messenger")')
          served.record()
        }),
    },
    {
      lie: 'serves a changed client',
      name: 'manifestUnlogged',
      tell: (served) => afterFirstVisit(() => served.serve(changed)),
    },
    {
      lie: 'serves a changed client, to who looks by hand',
      name: 'manifestUnlogged',
      tell: (served) => {
        served.serve(changed)
        return command()
      },
    },
    {
      lie: 'serves a changed file of it, to who looks by hand',
      name: 'fileChanged',
      tell: (served) => {
        served.files.set('/app.js', new TextEncoder().encode(changed))
        return command()
      },
    },
    {
      lie: 'withholds a file of it, to who looks by hand',
      name: 'fileMissing',
      tell: (served) => {
        served.files.delete('/app.js')
        return command()
      },
    },
    {
      lie: 'withholds its manifest',
      name: 'manifestMissing',
      tell: (served) => afterFirstVisit(() => served.files.delete(CLIENT_MANIFEST_PATH)),
    },
    {
      lie: 'rolls back to a former build',
      name: 'clientRolledBack',
      tell: async (served) => {
        served.serve('console.log("a better messenger")')
        served.record()
        return afterFirstVisit(() => served.serve('console.log("a messenger")'))
      },
    },
    {
      lie: 'logs a changed client for one browser alone',
      name: 'checkpointForked',
      tell: (served) =>
        afterFirstVisit(() => {
          served.log = openLog()
          served.serve(changed)
          served.record()
        }),
    },
    {
      lie: 'rolls back the log',
      name: 'checkpointRolledBack',
      tell: async (served) => {
        served.serve('console.log("a better messenger")')
        served.record()
        const former = new ServedClient()
        former.serve('console.log("a messenger")')
        former.record()
        return afterFirstVisit(() => Object.assign(served, { log: former.log, files: former.files }))
      },
    },
    {
      lie: 'has no log any more',
      name: 'logGone',
      tell: (served) => afterFirstVisit(() => void (served.log = undefined)),
    },
    {
      lie: 'names another log',
      name: 'logKeyChanged',
      tell: (served) =>
        afterFirstVisit(() => {
          served.key = formatVerifierKey(noteSigner('other.example', 'log', new Uint8Array(32).fill(6)).key)
        }),
    },
  ]

  it.each(rows(LIES))('%s: %s', async (_lie, name, tell) => {
    expect(await tell(stage)).toBe(name)
  })
})
