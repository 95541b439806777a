import { Trans, useLingui } from '@lingui/react/macro'
import { cx } from '../../../kit/index.ts'
import { PASSPHRASE_MIN, type PassphraseStrength, passphraseStrength } from './passphrase-strength.ts'

const FILLED: Readonly<Record<PassphraseStrength, number>> = { tooShort: 0, weak: 1, fair: 2, strong: 3 }
const COLOURS: Readonly<Record<PassphraseStrength, string>> = {
  tooShort: 'bg-hover',
  weak: 'bg-danger',
  fair: 'bg-warning',
  strong: 'bg-success',
}

/** How well a passphrase withstands guessing: in words, and in three bars beside them. */
export function StrengthMeter({ passphrase }: { readonly passphrase: string }) {
  const { t } = useLingui()
  const strength = passphraseStrength(passphrase)
  const words: Readonly<Record<PassphraseStrength, string>> = {
    tooShort: t`At least ${PASSPHRASE_MIN} characters`,
    weak: t`Weak: quickly guessed. Add a word or two.`,
    fair: t`Fair: holds for a while. One more word makes it strong.`,
    strong: t`Strong`,
  }
  return (
    <div className="flex flex-col gap-1.5">
      <div aria-hidden className="flex gap-1">
        {[1, 2, 3].map((bar) => (
          <span
            key={bar}
            className={cx(
              'h-1.5 flex-1 rounded-full outline-1 outline-transparent',
              bar <= FILLED[strength] ? COLOURS[strength] : 'bg-hover',
            )}
          />
        ))}
      </div>
      <p role="status" className="text-meta text-muted">
        {passphrase === '' ? <Trans>A sentence of your own works too. Pasting is fine.</Trans> : words[strength]}
      </p>
    </div>
  )
}
