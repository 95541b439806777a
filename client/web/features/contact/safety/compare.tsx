import { Trans, useLingui } from '@lingui/react/macro'
import { ShieldCheck } from 'lucide-react'
import { useState } from 'react'
import { announce } from '../../../app/announcer.tsx'
import { Badge, Banner, Button, Tabs } from '../../../kit/index.ts'
import { Card } from '../card.tsx'
import { compareCode, safetyCode, type Sides } from './code.ts'
import { NumberGrid } from './number-grid.tsx'
import type { Outcome } from './outcome.tsx'
import { QrCode } from './qr-code.tsx'
import { ScanTab } from './scan-tab.tsx'
import { TypedNumberField } from './typed-number.tsx'

interface CompareProps {
  readonly sides: Sides
  readonly name: string
  readonly verified: boolean
  readonly identityChanged: boolean
  readonly busy: boolean
  readonly onOutcome: (outcome: Outcome) => void
  readonly onUnverify: () => void
}

type Way = 'show' | 'scan' | 'type'

/** The number and its code, and the three ways to compare it. */
export function Compare({ sides, name, verified, identityChanged, busy, onOutcome, onUnverify }: CompareProps) {
  const { t } = useLingui()
  const [way, setWay] = useState<Way>('show')

  const scanned = (text: string) => {
    const result = compareCode(text, sides)
    // Some other code came into view: keep looking.
    if (result === 'notACode') announce(t`This is not a safety code`)
    else onOutcome(result)
  }

  return (
    <>
      {identityChanged ? (
        <Banner tone="warning" title={<Trans>The key of {name} changed</Trans>}>
          <Trans>Compare the new number below. Your messages wait until then.</Trans>
        </Banner>
      ) : null}
      <p className="text-muted">
        <Trans>
          If <bdi>{name}</bdi> sees the same number, nobody is between you. Compare it in person, or by a call in which
          you know the voice.
        </Trans>
      </p>
      {verified ? (
        <div className="flex flex-wrap items-center justify-between gap-2">
          <Badge tone="success" icon={<ShieldCheck aria-hidden />} className="min-h-7 px-3">
            <Trans>Verified by you</Trans>
          </Badge>
          <Button variant="ghost" size="small" busy={busy} onClick={onUnverify}>
            <Trans>Remove “verified”</Trans>
          </Button>
        </div>
      ) : null}
      <Card>
        <Tabs<Way>
          label={t`Ways to compare`}
          value={way}
          onValueChange={setWay}
          tabs={[
            { value: 'show', label: t`Show`, content: <Shown sides={sides} name={name} onOutcome={onOutcome} /> },
            { value: 'scan', label: t`Scan`, content: <ScanTab name={name} onCode={scanned} /> },
            {
              value: 'type',
              label: t`Type`,
              content: <TypedNumberField number={sides.number} name={name} onResult={onOutcome} />,
            },
          ]}
        />
      </Card>
    </>
  )
}

function Shown({ sides, name, onOutcome }: Pick<CompareProps, 'sides' | 'name' | 'onOutcome'>) {
  const { t } = useLingui()
  return (
    <div className="flex flex-col items-center gap-6">
      <QrCode
        text={safetyCode(sides)}
        label={t`QR code of the safety number, for ${name} to scan`}
        className="w-full max-w-64 rounded-control border border-line"
      />
      <NumberGrid number={sides.number} />
      <div className="flex flex-wrap justify-center gap-2">
        <Button variant="secondary" onClick={() => onOutcome('mismatch')}>
          <Trans>They differ</Trans>
        </Button>
        <Button onClick={() => onOutcome('match')}>
          <Trans>They match</Trans>
        </Button>
      </div>
    </div>
  )
}
