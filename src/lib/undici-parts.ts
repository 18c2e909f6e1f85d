/**
 * What of undici sends requests. Its index would also load `fetch`, caches, mocks and WebSocket: 13 MB
 * of memory, and twice the time.
 */
export { default as Agent } from 'undici/lib/dispatcher/agent.js';
export { default as ProxyAgent } from 'undici/lib/dispatcher/proxy-agent.js';
export { default as request } from 'undici/lib/api/api-request.js';
