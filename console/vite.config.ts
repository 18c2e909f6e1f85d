import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { firstLoadLimit } from './build/first-load-limit.ts';
import { precompress } from './build/precompress.ts';

/** The service puts a fresh nonce in place of this with every answer. */
const cspNoncePlaceholder = '__CSP_NONCE__';

export default defineConfig({
  base: '/console/',
  html: { cspNonce: cspNoncePlaceholder },
  plugins: [react(), firstLoadLimit({ limitBytes: 300_000 }), precompress()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    assetsDir: 'assets',
    // Under the policy `img-src 'self' data:` an inlined picture would work, an inlined font not.
    assetsInlineLimit: 0,
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1_000,
  },
});
