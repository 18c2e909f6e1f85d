import { pythonString, shellSecret, shellWord, yamlScalar, type Snippet } from './snippet.ts';

interface ApiClientAccess {
  readonly publicUrl: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly secret: string | undefined;
}

/** How clients pull with OAuth client credentials: Events API v2 and the collector. */
export function apiClientSnippets(access: ApiClientAccess): readonly Snippet[] {
  return [
    { title: 'curl', place: 'A terminal; needs jq', text: curl(access) },
    { title: 'Python', place: 'pull.py; needs the package requests', text: python(access) },
    { title: 'Tailrace collector', place: 'tailrace.yaml on the collector', text: yaml(access) },
  ];
}

function curl({ publicUrl, clientId, secret }: ApiClientAccess): string {
  return `${shellSecret('SECRET', secret)}

ACCESS=$(curl --fail-with-body --silent --user ${shellWord(clientId)}:"$SECRET" \\
  --data 'grant_type=client_credentials&scope=read' \\
  ${shellWord(`${publicUrl}/token`)} | jq -r .access_token)

# "tracker" in the answer continues: add --data-urlencode "tracker=…" --get next time.
curl --fail-with-body --header "Authorization: Bearer $ACCESS" \\
  ${shellWord(`${publicUrl}/insync/eventmanagement/v2/events`)}
`;
}

function python({ publicUrl, clientId, secret }: ApiClientAccess): string {
  const value = secret === undefined ? 'os.environ["TAILRACE_SECRET"]' : pythonString(secret);
  return `import os, pathlib, requests

service = ${pythonString(publicUrl)}
place = pathlib.Path("tracker.txt")  # keep it: it says how far we are

access = requests.post(f"{service}/token", auth=(${pythonString(clientId)}, ${value}), timeout=60,
                       data={"grant_type": "client_credentials", "scope": "read"})
access.raise_for_status()
headers = {"Authorization": f"Bearer {access.json()['access_token']}"}

while True:
    params = {"tracker": place.read_text()} if place.exists() else {}
    answer = requests.get(f"{service}/insync/eventmanagement/v2/events",
                          headers=headers, params=params, timeout=60)
    answer.raise_for_status()
    page = answer.json()
    for event in page["events"]:
        print(event)
    place.write_text(page["tracker"])
    if not page["nextPageExists"]:
        break
`;
}

function yaml({ publicUrl, tenant, clientId, secret }: ApiClientAccess): string {
  return `${secret === undefined ? '' : `# The secret itself goes into /etc/tailrace/client-secret (mode 0600):\n# ${secret}\n`}dataDirectory: /var/lib/tailrace

sources:
  - name: insync
    type: tailrace
    url: ${yamlScalar(publicUrl)}
    stream: ${yamlScalar(`${tenant}/insync`)}
    clientId: ${yamlScalar(clientId)}
    clientSecret: { file: /etc/tailrace/client-secret }

sinks:
  - name: siem-files
    type: file
    streams: ${yamlScalar(`${tenant}/insync`)}
    directory: /var/spool/siem/insync
    format: cef
    profile: strict
    rollEvery: 10s
`;
}
