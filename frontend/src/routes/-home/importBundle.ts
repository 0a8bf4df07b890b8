import { body, http } from "../../api/http";
import { Trouble } from "../../api/trouble";
import type { Bundle } from "../../api/types";

function parsed(text: string): Bundle {
  try {
    // The server checks every field and answers in words.
    return JSON.parse(text);
  } catch {
    throw new Trouble("This file is not JSON.", "Choose a bundle that Export → Bundle has written.", 400);
  }
}

/** Opens what another server exported; the answer says where to go. */
export const importBundle = async (file: File) => body(http.POST("/api/import", { body: parsed(await file.text()) }));
