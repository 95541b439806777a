import { useLingui } from '@lingui/react/macro'

/** Twelve groups of five digits, three or four in a row, read out group by group. Selectable, so that it can be copied. */
export function NumberGrid({ number }: { readonly number: readonly string[] }) {
  const { t } = useLingui()
  return (
    <ol
      aria-label={t`Safety number`}
      dir="ltr"
      className="grid grid-cols-3 gap-x-4 gap-y-2 text-center font-mono text-heading tabular-nums select-text min-[26rem]:grid-cols-4"
    >
      {number.map((group, at) => (
        <li key={at}>{group}</li>
      ))}
    </ol>
  )
}
