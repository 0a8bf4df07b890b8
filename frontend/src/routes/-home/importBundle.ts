import { body, http } from "../../api/http";
import { Trouble } from "../../api/trouble";
import type { Bundle, Imported } from "../../api/types";
import { warn } from "../-shell/Warnings";

function parsed(text: string): Bundle {
  try {
    // The server checks every field and answers in words.
    return JSON.parse(text);
  } catch {
    throw new Trouble("This file is not JSON.", "Choose a bundle that Export → Bundle has written.", 400);
  }
}

/** Opens what another server exported, tells what came and what to know of it; the answer says where to go. */
export async function importBundle(file: File): Promise<Imported> {
  const bundle = parsed(await file.text());
  const imported = await body(http.POST("/api/import", { body: bundle }));
  warn(imported.warnings);
  import("./tellImported").then(({ tellImported }) => tellImported(bundle, imported));
  return imported;
}
