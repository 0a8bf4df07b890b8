/** A file of text, JSON as a tree. */
import { useQuery } from "@tanstack/react-query";
import { asJson } from "../../api/json";
import { useTrouble } from "../../api/live";
import { artifactText, type FileOf } from "../../api/runs";
import { JsonTree } from "../../components/JsonTree";
import { TroubleNote, Waiting } from "../../components/States";
import type { Json } from "../../lib/kindSchema";
import { copyText } from "../-shell/copy";
import css from "./Files.module.css";

export function TextFile({ file, json }: { file: FileOf; json: boolean }) {
  const { data, error, refetch } = useQuery(artifactText(file));
  const trouble = useTrouble(error);
  if (trouble) return <TroubleNote trouble={trouble} retry={refetch} />;
  if (data === undefined) return <Waiting what="Reading the file…" />;
  const parsed = json ? parse(data) : undefined;
  if (parsed !== undefined) return <JsonTree value={parsed} label={file.path} onCopy={copyText} />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre className={css.text} tabIndex={0}>
      {data}
    </pre>
  );
}

function parse(text: string): Json | undefined {
  try {
    return asJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}
