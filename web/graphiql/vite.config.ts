import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/graphiql/',
  plugins: [react()],
  // The editor's language workers are modules of their own.
  worker: { format: 'es' },
  build: { outDir: '../../dist/graphiql', emptyOutDir: true, chunkSizeWarningLimit: 8000, reportCompressedSize: false },
});
