import { Trans, useLingui } from '@lingui/react/macro'
import { LANGUAGE_NAMES, LANGUAGES, type LanguageChoice } from '../../../i18n/languages.ts'
import { RadioGroup } from '../../../kit/index.ts'
import { TEXT_SIZES, type TextSize, type Theme, useAppearance } from '../../../state/appearance.ts'
import { Card } from '../../contact/card.tsx'

/** Theme, text size and language of this device. */
export function AppearanceSection() {
  const { t } = useLingui()
  const theme = useAppearance((state) => state.theme)
  const textSize = useAppearance((state) => state.textSize)
  const language = useAppearance((state) => state.language)
  const change = useAppearance((state) => state.change)
  const names: Readonly<Record<TextSize, string>> = {
    87.5: t`Small`,
    100: t`Normal`,
    112.5: t`Large`,
    125: t`Larger`,
    150: t`Largest`,
  }
  return (
    <>
      <Card>
        <RadioGroup<Theme>
          label={t`Theme`}
          value={theme}
          onValueChange={(next) => change({ theme: next })}
          options={[
            {
              value: 'system',
              label: t`Like the system`,
              hint: t`Follows your device, also when it changes in the evening.`,
            },
            { value: 'light', label: t`Light` },
            { value: 'dark', label: t`Dark` },
          ]}
        />
      </Card>
      <Card>
        <RadioGroup
          label={t`Text size`}
          value={String(textSize)}
          onValueChange={(next) => {
            const size = TEXT_SIZES.find((known) => String(known) === next)
            if (size !== undefined) change({ textSize: size })
          }}
          options={TEXT_SIZES.map((size) => ({ value: String(size), label: names[size] }))}
        />
      </Card>
      <Card>
        <RadioGroup<LanguageChoice>
          label={t`Language`}
          value={language}
          onValueChange={(next) => change({ language: next })}
          options={[
            { value: 'system', label: t`Like the browser`, hint: t`The first of its languages that there is.` },
            ...LANGUAGES.map((value) => ({ value, label: <span lang={value}>{LANGUAGE_NAMES[value]}</span> })),
          ]}
        />
      </Card>
      <p className="text-meta text-muted">
        <Trans>This is kept on this device. Less motion and more contrast follow the settings of your system.</Trans>
      </p>
    </>
  )
}
