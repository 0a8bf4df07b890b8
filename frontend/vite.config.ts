/// <reference types="vitest/config" />
import { tanstackRouter } from "@tanstack/router-plugin/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env.MICROSCOPE_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [tanstackRouter({ target: "react", autoCodeSplitting: true }), react()],
  server: { host: "127.0.0.1", proxy: { "/api": { target: server, ws: true } } },
  // Into the Python package, which serves it and carries it in its wheel; git does not.
  build: {
    outDir: "../backend/microscope/static",
    emptyOutDir: true,
    target: "es2023",
    // Every browser that runs es2023 knows modulepreload.
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // The reference of the API is a page of its own: nobody else pays for it, and it needs no network.
    rolldownOptions: { input: ["index.html", "docs.html"] },
  },
  test: {
    globals: true,
    // By itself it leaves a core free: of two, one.
    maxWorkers: "100%",
    // Property tests take seconds on a machine that is busy with something else.
    testTimeout: 30_000,
    // What is in lib needs no document, and making one takes longer than those tests.
    projects: [
      { extends: true, test: { name: "lib", environment: "node", include: ["src/lib/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "pages",
          environment: "jsdom",
          setupFiles: ["./test/setup.ts"],
          include: ["src/**/*.test.{ts,tsx}"],
          exclude: ["src/lib/**/*.test.ts", "**/*.browser.test.tsx"],
        },
      },
    ],
  },
});
