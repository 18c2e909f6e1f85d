import type { Snippet } from './snippet.ts';

interface Watched {
  /** Where the collector publishes its files. */
  readonly directory: string;
  /** Marks the lines in the SIEM. */
  readonly tag: string;
}

/** For SIEMs that watch the directory into which the collector, or a script, saves events. */
export function watchSnippets({ directory, tag }: Watched): readonly Snippet[] {
  return [
    {
      title: 'Splunk',
      place: 'inputs.conf of the forwarder that sees the directory',
      text: `[monitor://${directory}/*.cef]
sourcetype = cef
index = security
crcSalt = <SOURCE>
`,
    },
    {
      title: 'rsyslog',
      place: `/etc/rsyslog.d/${tag}.conf; the files are written by the collector`,
      text: `module(load="imfile" mode="inotify")
input(type="imfile" File="${directory}/*.cef" Tag="${tag}" ruleset="${tag}")
ruleset(name="${tag}") {
  action(type="omfwd" target="siem.example.com" port="514" protocol="tcp")
}
`,
    },
    {
      title: 'syslog-ng',
      place: `/etc/syslog-ng/conf.d/${tag}.conf; the files are written by the collector`,
      text: `source s_${tag} {
  wildcard-file(
    base-dir("${directory}") filename-pattern("*.cef")
    max-files(10000) flags(no-parse)
  );
};
destination d_${tag} { network("siem.example.com" port(514) transport("tcp")); };
log { source(s_${tag}); destination(d_${tag}); };
`,
    },
  ];
}
