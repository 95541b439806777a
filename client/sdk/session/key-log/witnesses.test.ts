import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PublishedLog } from '#protocol/merkle/answer.ts'
import { formatVerifierKey } from '#protocol/merkle/notes/keys.ts'
import { formatNote, parseNote } from '#protocol/merkle/notes/note.ts'
import { type NoteSigner, cosign, signText } from '#protocol/merkle/notes/sign.ts'
import { LOG, WITNESSES, checkpointOf } from '#protocol/merkle/testing/server.ts'
import { FakeKeyLog } from '../testing/fake-key-log.ts'
import { Harness, collect, idOf, texts, until } from '../testing/harness.ts'
import { toyCipher } from '../testing/toy-cipher.ts'
import type { Engine } from '../engine.ts'

const [FIRST, SECOND] = WITNESSES as [NoteSigner, NoteSigner]
const KEYS = [FIRST, SECOND].map(({ key }) => formatVerifierKey(key)) as [string, string]
const NOW_S = Math.floor(Date.now() / 1_000)

/** The newest checkpoint, cosigned by these. */
const cosignedBy =
  (witnesses: readonly NoteSigner[], time = NOW_S) =>
  ({ checkpoint }: PublishedLog) => {
    const text = parseNote(checkpoint)?.text ?? ''
    const signatures = [signText(LOG, text), ...witnesses.map((witness) => cosign(witness, text, time))]
    return { checkpoint: formatNote({ text, signatures }), consistency: '' }
  }

let harness: Harness
let log: FakeKeyLog
beforeEach(() => {
  harness = new Harness({ cipher: toyCipher })
  log = harness.relay.keyLog = new FakeKeyLog()
})
afterEach(() => harness.close())

async function wrote(from: Engine, to: Engine, text: string): Promise<void> {
  await from.sendText(idOf(to), text)
  await until(async () => (await texts(to, from.account)).includes(text))
}

const witnessesOf = async (engine: Engine) => (await engine.keyLog.status(idOf(engine))).log?.witnesses

describe('witnesses', () => {
  it('Q-37: those that the relay names, and when they cosigned, are shown; others are not', async () => {
    log.configuration = log.configuration && { ...log.configuration, witnesses: [KEYS[0]] }
    log.witnessed = cosignedBy([FIRST, SECOND])
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    await wrote(ada, bob, 'hello')
    const name = FIRST.key.name
    const shown = { key: KEYS[0], name, isChosen: false, at: NOW_S * 1_000, size: expect.any(Number) as number }
    expect(await witnessesOf(ada)).toEqual([shown])
    // It ceases to cosign, and the relay to name it: what was seen stays.
    log.witnessed = () => undefined
    log.configuration = log.configuration && { ...log.configuration, witnesses: [] }
    await ada.close()
    const again = await harness.open('ada')
    await again.connect()
    await wrote(again, bob, 'still here')
    expect(await witnessesOf(again)).toMatchObject([{ key: KEYS[0], at: NOW_S * 1_000 }])
  })

  it('Q-37: a cosignature that is false, or of something else, counts for nothing and stops nothing', async () => {
    log.configuration = log.configuration && { ...log.configuration, witnesses: KEYS }
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    for (const [at, witnessed] of [
      () => ({ checkpoint: 'not a note', consistency: '' }),
      (published: PublishedLog) => ({
        ...cosignedBy([FIRST])(published),
        checkpoint: cosignedBy([FIRST])(published).checkpoint.replace(
          /[A-Za-z0-9](?=[A-Za-z0-9+/]{3}=*\n$)/,
          (octet) => (octet === 'x' ? 'y' : 'x'),
        ),
      }),
      (published: PublishedLog) => ({ ...cosignedBy([FIRST])(published), consistency: 'A'.repeat(43) }),
    ].entries()) {
      log.witnessed = witnessed
      const bob2 = await harness.linked(`bob${at}`, bob)
      await ada.sendText(idOf(bob), `to ${at}`)
      await until(async () => (await texts(bob2, ada.account)).includes(`to ${at}`))
    }
    expect(await witnessesOf(ada)).toMatchObject([{ key: KEYS[0] }, { key: KEYS[1] }])
    for (const witness of (await witnessesOf(ada)) ?? []) expect(witness).not.toHaveProperty('at')
    expect(ada.keyLog.evidence()).toEqual([])
  })

  it('Q-37: a cosigned checkpoint that this log did not grow from is checkpointForked, with both signed notes', async () => {
    log.configuration = log.configuration && { ...log.configuration, witnesses: KEYS }
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    const alarms = collect(ada, 'keyLogAlarm')
    // What everybody else is shown: witnesses saw it.
    log.witnessed = ({ size }) => ({ checkpoint: checkpointOf(size, new Uint8Array(32).fill(7)), consistency: '' })
    await ada.sendText(idOf(bob), 'held')
    await until(() => alarms.length > 0)
    expect(alarms).toEqual([{ failure: 'checkpointForked' }])
    expect(JSON.stringify(ada.keyLog.evidence())).toContain('witness2.example')
    expect(await texts(bob, ada.account)).toEqual([])
  })

  it('Q-38: with witnesses chosen, what none of them cosigned within a day waits, and is sent when one has', async () => {
    // The relay names one that the user knows, too.
    log.configuration = log.configuration && { ...log.configuration, witnesses: [KEYS[0]] }
    const [ada, bob] = [await harness.person('ada'), await harness.person('bob')]
    await ada.keyLog.chooseWitness(KEYS[0])
    await expect(ada.keyLog.chooseWitness('nonsense')).rejects.toMatchObject({ code: 'contentInvalid' })
    await expect(ada.keyLog.chooseWitness(formatVerifierKey(LOG.key))).rejects.toMatchObject({ code: 'contentInvalid' })
    const waiting = collect(ada, 'keyLogWaiting')
    log.witnessed = cosignedBy([SECOND])
    await ada.sendText(idOf(bob), 'held')
    await until(() => waiting.some(({ account }) => account === bob.account))
    expect(waiting).toContainEqual({ account: idOf(bob), reason: 'witnessesMissing' })
    log.witnessed = cosignedBy([FIRST], NOW_S - 2 * 86_400)
    const asked = () => log.lookups.filter((account) => account === bob.account).length
    const before = asked()
    await until(() => asked() > before + 1)
    expect(await texts(bob, ada.account)).toEqual([])
    log.witnessed = cosignedBy([FIRST, SECOND])
    await until(async () => (await texts(bob, ada.account)).includes('held'))
    expect(await witnessesOf(ada)).toMatchObject([{ key: KEYS[0], isChosen: true, at: NOW_S * 1_000 }])
    await ada.keyLog.chooseWitness(KEYS[0], false)
    expect(await witnessesOf(ada)).toMatchObject([{ key: KEYS[0], isChosen: false }])
  })
})
