/** Something to paste elsewhere. */
export interface Snippet {
  /** The tab's title: `curl`, `rsyslog`. */
  readonly title: string;
  /** Where it goes: a file, a terminal. */
  readonly place: string;
  readonly text: string;
}

/** One word of a POSIX shell, whatever is in it. */
export function shellWord(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}

/** A shell's assignment: the secret when the reader wants it there, else asked for at the terminal. */
export function shellSecret(variable: string, secret: string | undefined): string {
  return secret === undefined
    ? `read -rsp '${variable}: ' ${variable}   # asked for here, kept out of the history`
    : `${variable}=${shellWord(secret)}`;
}

/** A Python string; JSON's escapes are Python's too. */
export function pythonString(value: string): string {
  return JSON.stringify(value);
}

/** A YAML scalar: plain where that is safe, else quoted as JSON. */
export function yamlScalar(value: string): string {
  const isPlain =
    /^[A-Za-z][\w@.:/-]*$/.test(value) && !/^(?:true|false|null|yes|no|on|off)$/i.test(value);
  return isPlain && !value.endsWith(':') ? value : JSON.stringify(value);
}

/** The host of an address, for comments and file names. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
