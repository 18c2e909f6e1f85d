import { pythonString, shellSecret, shellWord, yamlScalar, type Snippet } from './snippet.ts';
import { watchSnippets } from './watch-snippets.ts';

interface ConnectorAccess {
  readonly publicUrl: string;
  readonly tenant: string;
  readonly apiId: string;
  readonly key: string | undefined;
}

const directory = '/var/spool/siem/apptrana';

/** How clients pull attacks with a connector's API ID and key. */
export function connectorSnippets(access: ConnectorAccess): readonly Snippet[] {
  return [
    { title: 'curl', place: 'A terminal; needs jq', text: curl(access) },
    { title: 'Python', place: 'pull.py; needs the package requests', text: python(access) },
    { title: 'Tailrace collector', place: 'tailrace.yaml on the collector', text: yaml(access) },
    ...watchSnippets({ directory, tag: 'apptrana' }),
  ];
}

function apiOf(publicUrl: string): string {
  return `${publicUrl}/wafportal/rest/siem/v1`;
}

function curl({ publicUrl, apiId, key }: ConnectorAccess): string {
  return `API=${shellWord(apiOf(publicUrl))}
${shellSecret('KEY', key)}

# A token, good for 24 h; asking again gives the same one with its remaining life.
TOKEN=$(curl --fail-with-body --silent $API/getAuthToken \\
  --data grant_type=client_credentials --data client_id=${shellWord(apiId)} \\
  --data-urlencode "client_secret=$KEY" | jq -r .access_token)

# The five minutes before the last two.
END=$((($(date +%s) - 120) * 1000))
curl --fail-with-body $API/getAttackInfo \\
  --header "Authorization: Bearer $TOKEN" --header 'Content-Type: application/json' \\
  --data "{\\"startTime\\":\\"$((END - 300000))\\",\\"endTime\\":\\"$END\\"}"
`;
}

function python({ publicUrl, apiId, key }: ConnectorAccess): string {
  const value = key === undefined ? 'os.environ["TAILRACE_KEY"]' : pythonString(key);
  return `import os, time, requests

api = ${pythonString(apiOf(publicUrl))}

token = requests.post(f"{api}/getAuthToken", timeout=60, data={
    "grant_type": "client_credentials",
    "client_id": ${pythonString(apiId)},
    "client_secret": ${value},
})
token.raise_for_status()
headers = {"Authorization": f"Bearer {token.json()['access_token']}"}

end = int(time.time() - 120) * 1000  # younger attacks may still be added
window = {"startTime": str(end - 300_000), "endTime": str(end)}  # at most five minutes
answer = requests.post(f"{api}/getAttackInfo", headers=headers, json=window, timeout=60)
answer.raise_for_status()
for site in answer.json()["data"]:
    for attack in site["attacks"] or []:
        print(site["websiteName"], attack)
`;
}

function yaml({ publicUrl, tenant, apiId, key }: ConnectorAccess): string {
  return `${key === undefined ? '' : `# The key itself goes into /etc/tailrace/apptrana-key (mode 0600):\n# ${key}\n`}dataDirectory: /var/lib/tailrace

sources:
  - name: apptrana
    type: apptrana
    url: ${yamlScalar(publicUrl)}
    stream: ${yamlScalar(`${tenant}/apptrana`)}
    apiId: ${yamlScalar(apiId)}
    apiKey: { file: /etc/tailrace/apptrana-key }

sinks:
  - name: siem-attacks
    type: file
    streams: ${yamlScalar(`${tenant}/apptrana`)}
    directory: ${directory}
    format: cef
    profile: strict
    hardened: true
    rollEvery: 5s

# Late attacks are looked for among the stored ones, which must be there as long as they may come.
retention:
  events: 35d
`;
}
