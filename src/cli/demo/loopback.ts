/** `127.0.0.1:8480`, `[::1]:8480`, `localhost:0`: reachable from this machine only. */
export function isLoopbackListen(listen: string): boolean {
  const match = /^(?:localhost|\[::1\]|127\.\d{1,3}\.\d{1,3}\.\d{1,3}):(\d{1,5})$/.exec(listen);
  return match !== null && Number(match[1]) <= 65_535;
}
