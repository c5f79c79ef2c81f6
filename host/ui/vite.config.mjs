// Three pages, fixed file names: the folder `dist` is committed and embedded into the host.
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Preact in React's place: half of what a merchant's browser has to fetch (decision 0015). `--mode react` builds with React itself. */
const PREACT = {
  "react-dom/client": "preact/compat/client",
  "react-dom": "preact/compat",
  "react/jsx-runtime": "preact/jsx-runtime",
  react: "preact/compat",
};

export default defineConfig(({ mode }) => ({
  plugins: [react()],
  resolve: {
    // RJSF renders Markdown in descriptions with a library of its own; the profile has no Markdown there.
    alias: { "markdown-to-jsx/react": here("src/form/plain_text.tsx"), ...(mode === "react" ? {} : PREACT) },
  },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      input: { connect: here("connect/index.html"), dashboard: here("dashboard/index.html"), docs: here("docs/index.html") },
      output: {
        entryFileNames: "assets/[name].js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
        codeSplitting: {
          groups: [
            { name: "view", test: /node_modules\/(react|react-dom|scheduler|preact)\// },
            { name: "shared", test: /src\/(parts|text|api)\// },
          ],
        },
      },
    },
  },
}));
