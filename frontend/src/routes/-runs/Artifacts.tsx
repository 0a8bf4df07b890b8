import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { artifactAddress } from "../../api/runs";
import type { Artifact, Run } from "../../api/types";
import { Empty } from "../../components/States";
import { formatBytes } from "../../lib/format";
import { downloadFrom } from "../-view/download";
import css from "./Files.module.css";
import { fileVersion } from "./files";
import type { Part } from "./parts";
import page from "./Runs.module.css";
import { TableFile } from "./TableFile";
import { TensorFile } from "./TensorFile";
import { TextFile } from "./TextFile";

/** Text files are shown up to this size; longer ones are downloaded. */
const TEXT_BYTES = 2_000_000;

/** The files of a run, and the one that is open. */
export function Artifacts({ run, search }: Part) {
  const open = run.artifacts.find(({ path }) => path === search.path);
  if (run.directory_missing)
    return <Empty title="Its directory is gone">Somebody deleted it. Run it again to have the files back.</Empty>;
  if (run.artifacts.length === 0)
    return (
      <Empty title="No file yet">A run writes its spec and environment when it begins, and tables as it goes.</Empty>
    );
  return (
    <div className={css.files}>
      <nav aria-label="Files" data-open={open !== undefined}>
        <ul className={css.list}>
          {run.artifacts.map(({ path, bytes }) => (
            <li key={path}>
              <Link
                to="/runs/$run"
                params={{ run: run.row.id }}
                search={(now) => ({ ...now, tab: "artifacts", path })}
                aria-current={path === search.path}
                title={path}
              >
                <span>{path}</span>
                <span className={css.size}>{formatBytes(bytes)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      {open ? (
        <Viewer key={open.path} run={run} artifact={open} />
      ) : search.path ? (
        <Empty title={`There is no file ${search.path}`}>Choose one of those beside.</Empty>
      ) : (
        <Empty title="No file is open">Choose one beside: tables, JSON, pictures and tensors are shown here.</Empty>
      )}
    </div>
  );
}

function Viewer({ run, artifact }: { run: Run; artifact: Artifact }) {
  const { path, bytes, sha256, kind } = artifact;
  const address = artifactAddress(run.row.id, path);
  return (
    <section className={css.viewer} aria-label={path}>
      <div className={page.head}>
        <span className="mono">{path}</span>
        <span className="mute" title={sha256 ? `SHA-256 ${sha256}` : undefined}>
          {formatBytes(bytes)}
          {sha256 && ` · sha256 ${sha256.slice(0, 12)}…`}
        </span>
        <Button
          className={page.push}
          variant="default"
          leftSection={<Download size={13} />}
          onClick={() => downloadFrom(address, path.slice(path.lastIndexOf("/") + 1))}
        >
          Download
        </Button>
      </div>
      <Content run={run} path={path} bytes={bytes} kind={kind} address={address} />
    </section>
  );
}

interface ContentProps {
  run: Run;
  path: string;
  bytes: number;
  kind: Artifact["kind"];
  address: string;
}

function Content({ run, path, bytes, kind, address }: ContentProps) {
  const file = { run: run.row.id, path, version: fileVersion(run, path) };
  switch (kind) {
    case "json":
    case "text":
      return bytes > TEXT_BYTES ? (
        <p className="mute">Too long to show here: {formatBytes(bytes)}. Download it.</p>
      ) : (
        <TextFile file={file} json={kind === "json"} />
      );
    case "image":
      return <img src={address} alt={path} />;
    case "table":
      return <TableFile file={file} />;
    case "tensors":
      return <TensorFile file={file} />;
    case "other":
      return <p className="mute">There is no view for such a file. Download it.</p>;
  }
}
