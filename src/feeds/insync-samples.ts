import type { Random } from './seeded-random.ts';

/** Material for generated events; with `=`, `|`, `\` and quotes, which formats must escape. */
export const people = [
  { number: 1, name: 'Ernie Carter', email: 'ernie.carter@example.com' },
  { number: 2, name: 'Adele Vance', email: 'adele.vance@example.com' },
  { number: 3, name: 'Zoë Müller', email: 'zoe.mueller@example.com' },
  { number: 4, name: 'Siân O’Neill', email: 'sian.oneill@example.com' },
  { number: 5, name: '李小龙', email: 'li.xiaolong@example.com' },
  { number: 6, name: 'نور حداد', email: 'noor.haddad@example.com' },
  { number: 7, name: 'Ольга Смирнова', email: 'olga.smirnova@example.com' },
  { number: 8, name: '山田太郎', email: 'taro.yamada@example.com' },
  { number: 9, name: 'प्रिया शर्मा', email: 'priya.sharma@example.com' },
  { number: 10, name: 'J. "Jack" Doe', email: 'jack.doe@example.com' },
  { number: 11, name: 'R&D | Build', email: 'build@example.com' },
  { number: 12, name: 'Ana=Maria Lopez', email: 'ana.maria@example.com' },
  { number: 13, name: 'Cloud Admin', email: 'cloud.admin@example.com' },
] as const;

export const devices = [
  'Admin’s Mac mini',
  'Zoë’s iPhone 📱',
  'LAPTOP\\CORP\\0042',
  'build|agent|3',
  'Site: sales=EMEA',
  'DESKTOP-7Q2K',
  'srv-db-01',
  'OneDrive',
  'Exchange Online',
] as const;

export const profiles = ['Default', 'Executives', 'Région Est', 'R&D = restricted'] as const;

/** What says nothing of its severity is informational. */
export const severityOfState: Readonly<Record<string, number>> = {
  Failed: 3,
  Critical: 2,
  High: 3,
  Warning: 4,
  'Backed up with errors': 4,
  Canceled: 4,
  Notification: 5,
  'Marked as Inactive': 5,
};

/** EventDetails in the vendor's conventions for an event type. */
export function details(type: string, state: string, random: Random): string {
  if (type === 'Backup') return backupDetails(state, random);
  if (type === 'Restore' || type === 'Download') return downloadDetails(random);
  if (type === 'Admin Audit Trail') return auditDetails(random);
  if (type.startsWith('Alert')) return alertDetails(random);
  if (type.endsWith('Login')) return loginDetails(state, random);
  return `${type}: ${state}`;
}

function backupDetails(state: string, random: Random): string {
  const files = random.integer(1, 100_000);
  const missed = state === 'Success' ? 0 : random.integer(0, 50);
  const size = files * 1024;
  return `Total Backup Size:${size}, Files Backed up:${files}, Files Missed:${missed}, ${transfer(size, random)}`;
}

function downloadDetails(random: Random): string {
  const files = random.integer(1, 500);
  const size = files * random.integer(1024, 1_048_576);
  return `Total Downloaded Size:${size}, Files Downloaded:${files}, Files Missed:0, ${transfer(size, random)}`;
}

function transfer(size: number, random: Random): string {
  const settings = random.chance(0.5) ? 'Yes' : 'No';
  const bytes = Math.floor(size * 0.7);
  const group = random.integer(1_000_000, 99_999_999);
  return `System and App Settings:${settings}, Total Bytes Transferred:${bytes}, eventsGroupId:${group}`;
}

function auditDetails(random: Random): string {
  const { email } = random.pick(people);
  const { name } = random.pick(people);
  return random.pick([
    `Device:${email} initiated backup for a device ${random.pick(devices)}`,
    `Administrators ${email} reset the password of ${name}`,
    `Administrators created an administrator ${email}\nrole=Cloud Admin`,
    `Administrators deleted an administrator ${email}`,
    'Profile "Default" updated: retention=90 days; paths=C:\\Users\\*\\Documents|D:\\Data',
  ]);
}

function alertDetails(random: Random): string {
  const name = random.pick([
    'Backup Failing',
    'Unusual Data Activity',
    'User Inactive',
    'Storage Quota',
  ]);
  const description = random.pick([
    'No backup for 7 days',
    'Quota 95% used',
    'Anomaly detected:Modification, Affected Snapshot Nov 20 2026',
  ]);
  return `Alert:${name}, Alert Description:${description}`;
}

function loginDetails(state: string, random: Random): string {
  if (state === 'Failed') return `Login failed: wrong password (attempt ${random.integer(1, 9)})`;
  return `Login from ${random.pick(['web console', 'desktop client', 'API'])}`;
}

/** ErrorLogFullTrace, several lines of it. */
export function stackTrace(random: Random): string {
  return [
    'Traceback (most recent call last):',
    `  File "agent.py", line ${random.integer(100, 999)}, in run`,
    "IOError: [Errno 28] No space left on device: 'D:\\backup=set'",
  ].join('\n');
}
