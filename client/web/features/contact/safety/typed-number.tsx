import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { TextField } from '../../../kit/index.ts'
import { compareTyped } from './code.ts'

interface TypedNumberFieldProps {
  readonly number: readonly string[]
  readonly name: string
  readonly onResult: (result: 'match' | 'mismatch') => void
}

/** Compares a number that the other side read out or sent over another way. Decides with the sixtieth digit. */
export function TypedNumberField({ number, name, onResult }: TypedNumberFieldProps) {
  const { t } = useLingui()
  const [typed, setTyped] = useState('')
  const compared = compareTyped(typed, number)
  const left = compared.state === 'incomplete' ? 60 - compared.digits : 0
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">
        <Trans>
          Paste or type the number that <bdi>{name}</bdi> sees. Get it another way than by this conversation: in person,
          on the phone, by mail.
        </Trans>
      </p>
      <TextField
        label={t`Their number`}
        dir="ltr"
        inputMode="numeric"
        autoComplete="off"
        spellCheck={false}
        inputClassName="font-mono"
        value={typed}
        placeholder="00000 00000 …"
        hint={<Plural value={left} one="# digit to go" other="# digits to go" />}
        error={
          compared.state === 'tooLong' ? t`That is more than 60 digits. Remove what does not belong to it.` : undefined
        }
        onChange={(event) => {
          setTyped(event.target.value)
          const result = compareTyped(event.target.value, number)
          if (result.state === 'complete') onResult(result.result)
        }}
      />
    </div>
  )
}
