import { pythonString, shellSecret, shellWord, yamlScalar, type Snippet } from './snippet.ts';
import { watchSnippets } from './watch-snippets.ts';

interface EventsApiAccess {
  readonly publicUrl: string;
  readonly tenant: string;
  readonly email: string;
  /** Only when the reader asked for it. */
  readonly token: string | undefined;
}

const directory = '/var/spool/siem/insync';

/** How clients pull with an administrator's token: Events API v1 and the collector. */
export function eventsApiSnippets(access: EventsApiAccess): readonly Snippet[] {
  return [
    { title: 'curl', place: 'A terminal', text: curl(access) },
    { title: 'Python', place: 'pull.py; needs the package requests', text: python(access) },
    { title: 'Tailrace collector', place: 'tailrace.yaml on the collector', text: yaml(access) },
    ...watchSnippets({ directory, tag: 'insync' }),
  ];
}

function curl({ publicUrl, email, token }: EventsApiAccess): string {
  return `${shellSecret('TOKEN', token)}

# The cookie file holds the place: run it again for what came since.
curl --fail-with-body --user ${shellWord(email)}:"$TOKEN" \\
  --cookie progress.txt --cookie-jar progress.txt \\
  ${shellWord(`${publicUrl}/api/events/v1?format=CEF`)}
`;
}

function python({ publicUrl, email, token }: EventsApiAccess): string {
  const secret = token === undefined ? 'os.environ["TAILRACE_TOKEN"]' : pythonString(token);
  return `import os, pathlib, requests

url = ${pythonString(`${publicUrl}/api/events/v1`)}
place = pathlib.Path("progress.txt")  # keep it: it says how far we are
cookies = {"progress": place.read_text()} if place.exists() else {}

while True:
    answer = requests.get(url, params={"format": "CEF"}, cookies=cookies,
                          auth=(${pythonString(email)}, ${secret}), timeout=60)
    answer.raise_for_status()
    events = answer.json()["events"]
    for line in events:
        print(line)
    cookies = {"progress": answer.cookies["progress"]}
    place.write_text(cookies["progress"])
    if not events:
        break
`;
}

function yaml({ publicUrl, tenant, email, token }: EventsApiAccess): string {
  return `${token === undefined ? '' : `# The token itself goes into /etc/tailrace/token (mode 0600):\n# ${token}\n`}dataDirectory: /var/lib/tailrace

sources:
  - name: insync
    type: tailrace
    url: ${yamlScalar(publicUrl)}
    stream: ${yamlScalar(`${tenant}/insync`)}
    username: ${yamlScalar(email)}
    token: { file: /etc/tailrace/token }

sinks:
  - name: siem-files
    type: file
    streams: ${yamlScalar(`${tenant}/insync`)}
    directory: ${directory}
    format: cef
    profile: strict
    rollEvery: 10s
`;
}
