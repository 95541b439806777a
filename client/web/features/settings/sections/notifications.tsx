import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useState } from 'react'
import { Banner, RadioGroup, Skeleton, Switch, TextField, toast } from '../../../kit/index.ts'
import {
  DEFAULT_QUIET_HOURS,
  keepNotificationSettings,
  type NotificationContent,
  type NotificationSettings,
  type QuietHours,
  readNotificationSettings,
} from '../../../sw/notification-settings.ts'
import { Card } from '../../contact/card.tsx'
import { PushChoice } from '../push-choice.tsx'

/** What this device shows of messages that come while nobody looks at SilentRelay. */
export function NotificationsSection() {
  const { t } = useLingui()
  const [settings, setSettings] = useState<NotificationSettings>()
  const [isRefused, setRefused] = useState(() => isDenied())
  useEffect(() => {
    void readNotificationSettings().then(setSettings)
  }, [])
  if (settings === undefined) return <Skeleton className="h-40 w-full" />

  const change = (next: NotificationSettings) => {
    setSettings(next)
    keepNotificationSettings(next).catch(() =>
      toast(t`This device has no space left. Free some and try again.`, { tone: 'danger' }),
    )
  }
  const turn = async (shown: boolean) => {
    const isAllowed = !shown || (await mayNotify())
    setRefused(!isAllowed)
    change({ ...settings, shown: shown && isAllowed })
  }
  const { shown, content, quiet } = settings
  return (
    <>
      <Card>
        <Switch
          label={t`Show notifications`}
          hint={t`When a message comes while SilentRelay is open in the background. Muted conversations show none.`}
          checked={shown && !isDenied()}
          onCheckedChange={(next) => void turn(next)}
        />
        {isRefused ? (
          <Banner tone="warning" title={<Trans>The browser does not allow it</Trans>}>
            <Trans>Allow notifications for this page in the browser’s settings, then turn them on here.</Trans>
          </Banner>
        ) : null}
      </Card>
      <PushChoice />
      <Card>
        <RadioGroup<NotificationContent>
          label={t`What they say`}
          value={content}
          onValueChange={(next) => change({ ...settings, content: next })}
          options={[
            {
              value: 'message',
              label: t`Name and message`,
              hint: t`Whoever sees your screen can read it, and your system keeps it for a while. Never of messages that disappear.`,
            },
            { value: 'sender', label: t`Name only` },
            { value: 'nothing', label: t`Only that there is a message` },
          ]}
        />
      </Card>
      <Card>
        <Switch
          label={t`Quiet hours`}
          hint={t`Nothing is shown then. The number of unread conversations still is.`}
          checked={quiet !== undefined}
          onCheckedChange={(on) => {
            const { quiet: _quiet, ...others } = settings
            change(on ? { ...others, quiet: DEFAULT_QUIET_HOURS } : others)
          }}
        />
        {quiet === undefined ? null : (
          <div className="flex flex-wrap gap-4">
            <Hour
              label={t`From`}
              minute={quiet.from}
              onMinute={(from) => change({ ...settings, quiet: { ...quiet, from } })}
            />
            <Hour label={t`To`} minute={quiet.to} onMinute={(to) => change({ ...settings, quiet: { ...quiet, to } })} />
          </div>
        )}
      </Card>
      <p className="text-meta text-muted">
        <Trans>This is kept on this device. Each conversation can be muted by itself, in its menu.</Trans>
      </p>
    </>
  )
}

interface HourProps {
  readonly label: string
  readonly minute: QuietHours['from']
  readonly onMinute: (minute: number) => void
}

const two = (value: number): string => String(value).padStart(2, '0')

/** A time of day, written as the system does. */
function Hour({ label, minute, onMinute }: HourProps) {
  return (
    <TextField
      label={label}
      type="time"
      required
      value={`${two(Math.floor(minute / 60))}:${two(minute % 60)}`}
      onChange={(event) => {
        const [, hours, minutes] = /^(\d{2}):(\d{2})/.exec(event.target.value) ?? []
        // Emptied: the former one stays.
        if (hours !== undefined && minutes !== undefined) onMinute(Number(hours) * 60 + Number(minutes))
      }}
    />
  )
}

const isDenied = (): boolean => 'Notification' in globalThis && Notification.permission === 'denied'

async function mayNotify(): Promise<boolean> {
  if (!('Notification' in globalThis)) return false
  return (await Notification.requestPermission()) === 'granted'
}
